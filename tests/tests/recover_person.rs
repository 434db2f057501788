//! Recovery by an ordinary person: not root, on a laptop of their own, from a drive that root wrote on a server; with a
//! keyring as desktops have it, and without one.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{
    Drive, FileSystem, Ran, World, args, codes, files, holdfast, is_root, left_out, missing_programs, picture_without,
    run, skipped,
};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `nobody` everywhere.
const PERSON: u32 = 65_534;

/// Starts a keyring that is unlocked, runs the commands, one a line, until one fails, and ends the keyring.
const WITH_KEYRING: &str = r#"
    printf tide | gnome-keyring-daemon --foreground --unlock --components=secrets >"$HOME/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 200); do
        gdbus call --session -d org.freedesktop.DBus -o / -m org.freedesktop.DBus.NameHasOwner \
            org.freedesktop.secrets 2>/dev/null | grep -q true && break
        sleep 0.05
    done
    "$@"; result=$?
    kill $daemon; wait $daemon
    exit $result
"#;

/// A laptop, and its user.
struct Laptop {
    world: World,
    program: PathBuf,
}

impl Laptop {
    /// None, and said so, where nobody else's part can be taken here.
    fn new() -> Option<Self> {
        if !is_root() || !missing_programs(&["setpriv"]).is_empty() {
            skipped("recovery as an ordinary user", "becoming one takes root and setpriv");
            return None;
        }
        let world = World::empty();
        fs::set_permissions(world.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Where this was built, that user may not look.
        let program = world.path().join("holdfast");
        fs::copy(holdfast(), &program).unwrap();
        for name in ["person", "tmp", "passphrase", "home", "drive", "work"] {
            let path = world.path().join(name);
            if !path.exists() {
                fs::create_dir(&path).unwrap();
            }
            chown(&path, Some(PERSON), Some(PERSON)).unwrap();
        }
        Some(Self { world, program })
    }

    fn command(&self, with_keyring: bool) -> Command {
        let mut command = Command::new("setpriv");
        self.world.surround(&mut command);
        let runtime = self.world.path().join("tmp");
        command.env("XDG_RUNTIME_DIR", &runtime).current_dir(self.world.path().join("work"));
        let person = PERSON.to_string();
        command.args(["--reuid", &person, "--regid", &person, "--clear-groups", "--"]);
        if with_keyring {
            command.args(["dbus-run-session", "--", "sh", "-c", WITH_KEYRING, "sh"]);
        }
        command
    }

    fn run(&self, arguments: &[OsString]) -> Ran {
        run(self.command(false).arg(&self.program).args(["--no-keyring", "--json"]).args(arguments))
    }
}

/// A chatbot on a server, run by root.
struct Server {
    world: World,
    before: Vec<String>,
    left_out: Vec<String>,
}

/// What an ordinary user can have back: names, kinds, modes, times, content; not who owned it.
fn all_but_owners(folder: &Path, without: &[String]) -> Vec<String> {
    let without: Vec<&str> = without.iter().map(String::as_str).collect();
    let mut picture = picture_without(folder, &without);
    for entry in &mut picture {
        (entry.uid, entry.gid) = (0, 0);
    }
    picture.iter().map(ToString::to_string).collect()
}

impl Server {
    /// Whose files are those of this user.
    fn of(user: u32) -> Self {
        let world = World::with_sample(5_000_000);
        run(Command::new("chown").args(["-hR", &format!("{user}:{user}")]).arg(world.bot())).expect(0);
        let made = world.backup("full");
        let left_out = left_out(&made);
        let before = all_but_owners(&world.bot(), &left_out);
        Self { world, before, left_out }
    }

    #[track_caller]
    fn assert_is(&self, folder: &Path) {
        assert_eq!(self.before, all_but_owners(folder, &self.left_out));
        let meta = fs::metadata(folder).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (PERSON, PERSON));
    }
}

fn recover(laptop: &Laptop, drive: &Path, into: &Path) -> Vec<OsString> {
    args!["recover", "--from", drive, "--passphrase-file", laptop.world.passphrase_file(), "--into", into].to_vec()
}

#[test]
fn a_drive_that_root_wrote_is_read_by_anybody_who_knows_the_passphrase() {
    let server = Server::of(0);
    for kind in [FileSystem::Ext4, FileSystem::Exfat] {
        let Some(mut drive) = Drive::make(server.world.path(), "stick", kind, 160) else { continue };
        let Some(laptop) = Laptop::new() else { return };
        let here = server.world.path().join(format!("stick-{kind:?}"));
        drive.mount(&here);
        // As desktops mount drives: owners of file systems that know none are theirs.
        let exported = server.world.keyed(args!["export", "--to", &here, "--no-program"]).done();
        // Copies are as open as exports.
        server.world.json(args!["destination", "add", format!("{kind:?}"), "--to", &here]).done();
        server.world.json(["copy"]).done();
        drive.unmount();
        let there = laptop.world.path().join("run/media/anna/STICK");
        drive.mount_for(&there, PERSON);
        let unreadable = "for file; do test -r \"$file\" || echo \"$file\"; done";
        let mut look = Command::new("setpriv");
        look.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", unreadable, "sh"]);
        assert_eq!(run(look.args(files(&there.join("Holdfast")))).expect(0).stdout, "");
        let into = laptop.world.path().join("work/new");
        let from_export = args!["--at", exported["archive"].as_str().unwrap()].to_vec();
        let done = laptop.run(&[recover(&laptop, &there, &into), from_export].concat()).problems();
        // That all is this user's now is said, once.
        let troubles = codes(&done).into_iter().filter(|code| code != "origin-differs").collect::<Vec<_>>();
        // And that new archives cannot be made on a drive that is root's.
        let expected: &[&str] = match kind {
            FileSystem::Exfat => &["metadata-not-restored"],
            _ => &["metadata-not-restored", "permission-denied"],
        };
        assert_eq!(troubles, expected, "{done}");
        assert!(done["protected"].is_object(), "{done}");
        server.assert_is(&into.join("bot"));
        let secret = laptop.world.home().join("keys");
        for path in files(&secret) {
            let meta = fs::metadata(&path).unwrap();
            assert_eq!((meta.uid(), meta.mode() & 0o077), (PERSON, 0), "{}", path.display());
        }
        let next = laptop.run(&args!["backup", "--level", "hourly"]);
        if kind == FileSystem::Exfat {
            assert_eq!(next.done()["level"], "hourly");
        } else {
            // It belongs to root, and that is said.
            next.failed(1, "permission-denied");
        }
        drive.unmount();
    }
}

#[test]
fn with_a_keyring_backups_after_a_recovery_ask_for_nothing() {
    let missing = missing_programs(&["dbus-run-session", "gnome-keyring-daemon", "gdbus"]);
    if !missing.is_empty() {
        skipped("recovery with a keyring", &format!("not installed: {missing:?}"));
        return;
    }
    let Some(laptop) = Laptop::new() else { return };
    let server = Server::of(PERSON);
    // A drive whose owners are whoever mounted it.
    let stick = laptop.world.path().join("stick");
    server.world.keyed(args!["export", "--to", server.world.drive(), "--no-program"]).done();
    run(Command::new("cp").args(["-r"]).arg(server.world.drive()).arg(&stick)).expect(0);
    run(Command::new("chown").args(["-R", "65534:65534"]).arg(&stick)).expect(0);

    let into = laptop.world.path().join("work/new");
    let words = |arguments: &[OsString]| {
        arguments.iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect::<Vec<_>>().join(" ")
    };
    let script = format!(
        "set -e; p='{}'; \"$p\" --json {} >recovered.json; echo changed >'{}/bot/config/new.txt'
         : >'{}'; \"$p\" --json backup --level hourly >backup.json; \"$p\" --json verify --all --full >verify.json
         \"$p\" --json restore --into looked >restore.json",
        laptop.program.display(),
        words(&recover(&laptop, &stick, &into)),
        into.display(),
        laptop.world.passphrase_file().display(),
    );
    let ran = run(laptop.command(true).args(["sh", "-c", &script]));
    let work = laptop.world.path().join("work");
    let said = |name: &str| -> Value {
        let text = fs::read_to_string(work.join(name)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}: {text}\n{ran}"))
    };
    let recovered = said("recovered.json");
    assert_eq!(recovered["outcome"], "done", "{recovered}\n{ran}");
    let made = said("backup.json");
    assert_eq!(
        (&made["outcome"], &made["level"], &made["signed"]),
        (&"done".into(), &"hourly".into(), &true.into()),
        "{made}"
    );
    assert_eq!(said("verify.json")["outcome"], "done");
    assert_eq!(said("restore.json")["outcome"], "done");
    assert_eq!(ran.code(), 0, "{ran}");
    assert_eq!(fs::read(work.join("looked/bot/config/new.txt")).unwrap(), b"changed\n");
    // The keys are in the keyring, and in no file of this machine.
    let secret: Vec<PathBuf> =
        files(&laptop.world.home()).into_iter().filter(|path| path.ends_with("signing.key")).collect();
    assert_eq!(secret, Vec::<PathBuf>::new());
}
