//! A machine of its own for a test: home folder, Holdfast's home, a drive, the chatbot's folders. All below one
//! temporary folder.
use crate::deployment::template;
use crate::programs;
use crate::run::{Ran, run};
use holdfast_sample::{Generate, generate};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub const PASSPHRASE: &str = "seven quiet harbours under slate";
pub const NAME: &str = "bot";

#[derive(Debug)]
pub struct World {
    path: PathBuf,
    // Removed when the world goes.
    _dir: TempDir,
}

impl World {
    /// With nothing set up.
    pub fn empty() -> Self {
        let dir = tempfile::Builder::new().prefix("holdfast-test-").tempdir().unwrap();
        // Settings hold resolved paths.
        let path = dir.path().canonicalize().unwrap();
        let world = Self { path, _dir: dir };
        for name in ["person", "tmp", "drive"] {
            fs::create_dir(world.path.join(name)).unwrap();
        }
        fs::write(world.passphrase_file(), format!("{PASSPHRASE}\n")).unwrap();
        world
    }

    /// With the deployment `bot` set up, its root `bot` yet to be made.
    pub fn new() -> Self {
        Self::with_roots(&[NAME])
    }

    pub fn with_roots(roots: &[&str]) -> Self {
        let world = Self::empty();
        template(roots).place(&world);
        world
    }

    /// With a sample deployment of so many bytes (5 MB at least) in the root `bot`.
    pub fn with_sample(bytes: u64) -> Self {
        let world = Self::new();
        world.generate(bytes);
        world
    }

    /// With a few small files, one of them a database.
    pub fn small() -> Self {
        let world = Self::new();
        let data = world.bot().join("data");
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("notes.md"), "some notes\n".repeat(400)).unwrap();
        fs::write(world.bot().join("config.json"), "{}").unwrap();
        let db = rusqlite::Connection::open(data.join("webui.db")).unwrap();
        db.execute_batch(
            "CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO chat (title) VALUES ('a')",
        )
        .unwrap();
        world
    }

    pub fn generate(&self, bytes: u64) {
        generate(&self.bot(), &Generate::new(bytes, 1)).unwrap();
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The chatbot's folder.
    pub fn bot(&self) -> PathBuf {
        self.root(NAME)
    }

    pub fn root(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn drive(&self) -> PathBuf {
        self.path.join("drive")
    }

    /// The folder in which archives lie.
    pub fn archives(&self) -> PathBuf {
        self.drive().join("Holdfast").join(NAME)
    }

    /// `HOLDFAST_HOME`.
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    pub fn settings(&self) -> PathBuf {
        self.home().join("deployments").join(format!("{NAME}.toml"))
    }

    pub fn catalog(&self) -> PathBuf {
        self.home().join("catalog.db")
    }

    pub fn passphrase_file(&self) -> PathBuf {
        self.path.join("passphrase")
    }

    /// The key itself: opens archives without the second that a passphrase takes.
    pub fn identity_file(&self) -> PathBuf {
        self.path.join("identity")
    }

    /// `holdfast --no-keyring` with an environment of this world and nothing else.
    pub fn command(&self) -> Command {
        let mut command = Command::new(programs::holdfast());
        self.surround(&mut command);
        command.arg("--no-keyring");
        command
    }

    /// Gives a command this world's environment.
    pub fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path.join("person"))
            .env("TMPDIR", self.path.join("tmp"))
            .env("HOLDFAST_HOME", self.home())
            .env("LANG", "C.UTF-8")
            .current_dir(&self.path);
    }

    pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Ran {
        run(self.command().args(arguments))
    }

    /// With `--json`.
    pub fn json<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Ran {
        run(self.command().arg("--json").args(arguments))
    }

    /// With `--json` and the key.
    pub fn keyed<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Ran {
        run(self.keyed_command().args(arguments))
    }

    /// Arguments with the key before them.
    pub fn with_key(&self, rest: &[OsString]) -> Vec<OsString> {
        [&["--identity-file".into(), self.identity_file().into()], rest].concat()
    }

    pub fn keyed_command(&self) -> Command {
        let mut command = self.command();
        command.arg("--json").arg("--identity-file").arg(self.identity_file());
        command
    }

    /// A backup that must be done; its answer.
    #[track_caller]
    pub fn backup(&self, level: &str) -> Value {
        self.json(["backup", "--level", level]).done()
    }

    /// Runs it with `--json` and in words: both must refuse it in the same way, with thing, cause and next step.
    #[track_caller]
    pub fn refused<I: IntoIterator<Item = S> + Clone, S: AsRef<OsStr>>(
        &self,
        arguments: I,
        exit: i32,
        code: &str,
    ) -> Value {
        let value = self.json(arguments.clone()).failed(exit, code);
        let words = self.run(arguments).expect(exit);
        let next_step = value["error"]["next_step"].as_str().unwrap();
        assert!(words.stderr.contains("Cause: "), "{words}");
        // The command itself may be in it, and that differs.
        let step = next_step.split(": ").next().unwrap();
        assert!(words.stderr.contains(&format!("What to do: {step}")), "{next_step}\n{words}");
        value
    }

    /// The archives' files, oldest first.
    pub fn archive_files(&self) -> Vec<PathBuf> {
        let ending = |path: &PathBuf| path.to_string_lossy().ends_with(".tar.zst.age");
        let items = fs::read_dir(self.archives()).unwrap();
        let mut files: Vec<_> = items.map(|item| item.unwrap().path()).filter(ending).collect();
        files.sort();
        files
    }

    /// What must not stay behind: unfinished files, checksums without an archive, staged folders that nothing
    /// knows, work folders.
    pub fn litter(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in [self.drive(), self.home(), self.path.join("tmp")] {
            litter_in(&folder, &mut found);
        }
        let scratch = self.home().join("scratch");
        found.extend(
            children(&scratch).into_iter().flat_map(|path| if path.is_dir() { children(&path) } else { vec![path] }),
        );
        found.extend(children(&self.path.join("tmp")));
        let known = self.preserved();
        let staged = children(&self.path).into_iter().filter(|path| is_staged(path));
        found.extend(staged.filter(|path| !known.iter().any(|known| known.starts_with(path))));
        found.sort();
        found.dedup();
        found
    }

    /// The folders in which states before a restore are kept for `undo`.
    pub fn preserved(&self) -> Vec<PathBuf> {
        let status = self.json(["status"]).json();
        let states = status["deployments"][0]["preserved"].as_array().cloned().unwrap_or_default();
        let paths = states.iter().flat_map(|state| state["paths"].as_array().cloned().unwrap_or_default());
        paths.filter_map(|path| path.as_str().map(PathBuf::from)).collect()
    }

    #[track_caller]
    pub fn assert_no_litter(&self) {
        assert_eq!(self.litter(), Vec::<PathBuf>::new());
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|item| item.unwrap().path()).collect()
}

fn is_staged(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".holdfast"))
}

fn litter_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in children(folder) {
        let name = path.to_string_lossy();
        let orphan = name.strip_suffix(".sha256").is_some_and(|archive| !Path::new(archive).exists());
        if name.ends_with(".partial") || orphan || is_staged(&path) {
            found.push(path);
        } else if path.is_dir() && !path.is_symlink() {
            litter_in(&path, found);
        }
    }
}
