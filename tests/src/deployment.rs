//! A deployment that was set up once, to be put into many worlds: sealing its key takes about a second.
use crate::keys::open_recovery_key;
use crate::run::run;
use crate::world::{NAME, PASSPHRASE, World};
use holdfast_sample::{Generate, generate};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What `holdfast setup` made, and the folder in which it did.
#[derive(Debug)]
pub struct Template {
    origin: String,
    /// Path inside the world, permission bits, content (`None` for folders).
    files: Vec<(PathBuf, u32, Option<Vec<u8>>)>,
    identity: Vec<u8>,
}

/// The template for these roots, made at the first need.
pub fn template(roots: &[&str]) -> Arc<Template> {
    static MADE: OnceLock<Mutex<BTreeMap<String, Arc<Template>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(roots.join("/")).or_insert_with(|| Arc::new(Template::make(roots))).clone()
}

impl Template {
    fn make(roots: &[&str]) -> Self {
        let world = World::empty();
        let mut command = world.command();
        command.args(["setup", NAME, "--to"]).arg(world.drive());
        for (number, name) in roots.iter().enumerate() {
            let root = world.root(name);
            fs::create_dir(&root).unwrap();
            if number == 0 {
                // So that the chatbot is recognised.
                generate(&root.join("."), &Generate::new(5_000_000, 1)).unwrap();
            } else {
                // An empty folder is a problem of its own.
                fs::write(root.join("kept"), "").unwrap();
            }
            command.arg("--root").arg(root);
        }
        command.arg("--passphrase-file").arg(world.passphrase_file()).args(["--yes", "--json"]);
        run(&mut command).done();
        let mut files = Vec::new();
        for folder in ["home", "drive"] {
            collect(world.path(), Path::new(folder), &mut files);
        }
        files.retain(|(path, _, _)| !path.starts_with("home/logs"));
        let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
        let identity = open_recovery_key(&sealed, PASSPHRASE);
        Self { origin: world.path().to_str().unwrap().to_owned(), files, identity }
    }

    /// Puts it into a world: the settings name that one's folders.
    pub(crate) fn place(&self, world: &World) {
        let here = world.path().to_str().unwrap();
        for (path, mode, content) in &self.files {
            let target = world.path().join(path);
            let Some(content) = content else {
                fs::create_dir_all(&target).unwrap();
                fs::set_permissions(&target, fs::Permissions::from_mode(*mode)).unwrap();
                continue;
            };
            if path.extension().is_some_and(|ending| ending == "toml") && path.starts_with("home/deployments") {
                let text = String::from_utf8(content.clone()).unwrap();
                assert!(text.contains(&self.origin));
                fs::write(&target, text.replace(&self.origin, here)).unwrap();
            } else {
                fs::write(&target, content).unwrap();
            }
            fs::set_permissions(&target, fs::Permissions::from_mode(*mode)).unwrap();
        }
        fs::write(world.identity_file(), &self.identity).unwrap();
    }
}

fn collect(base: &Path, inside: &Path, files: &mut Vec<(PathBuf, u32, Option<Vec<u8>>)>) {
    let path = base.join(inside);
    let meta = fs::symlink_metadata(&path).unwrap();
    let mode = meta.permissions().mode() & 0o7777;
    if !meta.is_dir() {
        files.push((inside.to_owned(), mode, Some(fs::read(&path).unwrap())));
        return;
    }
    files.push((inside.to_owned(), mode, None));
    for item in fs::read_dir(&path).unwrap() {
        collect(base, &inside.join(item.unwrap().file_name()), files);
    }
}
