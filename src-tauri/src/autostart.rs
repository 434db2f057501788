//! Start at login, by an entry of the desktop. The package brings one for everybody; a person's own goes before it, so
//! switching it off leaves one behind that says no.
use holdfast_api::{Answer, Code, Failure};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const ENTRY: &str = "autostart/holdfast.desktop";

/// Where entries lie.
#[derive(Debug, Clone)]
pub struct Autostart {
    own: PathBuf,
    everybodys: Vec<PathBuf>,
    program: PathBuf,
}

impl Autostart {
    /// As the environment says.
    pub fn of_this_user() -> Answer<Self> {
        let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let own = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
        let own = own.ok_or_else(|| Failure::new(Code::BadSettings, "the environment", "it names no home folder"))?;
        let everybodys = env::var("XDG_CONFIG_DIRS").ok().filter(|dirs| !dirs.is_empty());
        let everybodys = everybodys.unwrap_or_else(|| "/etc/xdg".to_owned());
        let program = env::current_exe().map_err(|e| failed(Path::new("the program"), e))?;
        Ok(Self {
            own: own.join(ENTRY),
            everybodys: everybodys.split(':').map(|dir| Path::new(dir).join(ENTRY)).collect(),
            program,
        })
    }

    pub fn is_on(&self) -> bool {
        match fs::read_to_string(&self.own) {
            Ok(text) => !says_no(&text),
            Err(_) => self.everybodys_says_yes(),
        }
    }

    pub fn set(&self, on: bool) -> Answer<()> {
        let result = match (on, self.everybodys_says_yes()) {
            (true, true) | (false, false) => remove(&self.own),
            (true, false) => self.write(false),
            (false, true) => self.write(true),
        };
        result.map_err(|e| failed(&self.own, e))
    }

    fn everybodys_says_yes(&self) -> bool {
        let first = self.everybodys.iter().find_map(|path| fs::read_to_string(path).ok());
        first.is_some_and(|text| !says_no(&text))
    }

    fn write(&self, hidden: bool) -> io::Result<()> {
        if let Some(folder) = self.own.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = format!(
            "[Desktop Entry]\nType=Application\nName=Holdfast\nIcon=holdfast\nExec={} {}\nHidden={hidden}\n\
             X-GNOME-Autostart-enabled={}\n",
            quoted(&self.program),
            crate::HIDDEN,
            !hidden
        );
        let beside = self.own.with_extension("desktop.new");
        fs::write(&beside, text)?;
        fs::rename(&beside, &self.own)
    }
}

fn says_no(entry: &str) -> bool {
    entry.lines().any(|line| {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        matches!(line.as_str(), "Hidden=true" | "X-GNOME-Autostart-enabled=false")
    })
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// As a desktop entry wants a program whose path may hold blanks.
fn quoted(path: &Path) -> String {
    let mut text = String::from("\"");
    for c in path.to_string_lossy().chars() {
        match c {
            '"' | '`' | '$' => text.extend(["\\\\", &c.to_string()]),
            '\\' => text.push_str("\\\\\\\\"),
            '%' => text.push_str("%%"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::new(Code::InputOutput, path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn autostart(dir: &Path) -> Autostart {
        let program = PathBuf::from("/opt/my tools/holdfast-desktop");
        Autostart { own: dir.join("own").join(ENTRY), everybodys: vec![dir.join("all").join(ENTRY)], program }
    }

    #[test]
    fn without_a_package_it_is_a_file_that_comes_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        let autostart = autostart(dir.path());
        assert!(!autostart.is_on());
        autostart.set(true).unwrap();
        assert!(autostart.is_on());
        let text = fs::read_to_string(&autostart.own).unwrap();
        assert!(text.contains("Exec=\"/opt/my tools/holdfast-desktop\" --hidden\n"), "{text}");
        autostart.set(false).unwrap();
        assert!(!autostart.is_on() && !autostart.own.exists());
        autostart.set(false).unwrap();
    }

    #[test]
    fn a_no_goes_before_the_packages_yes() {
        let dir = tempfile::tempdir().unwrap();
        let autostart = autostart(dir.path());
        fs::create_dir_all(autostart.everybodys[0].parent().unwrap()).unwrap();
        fs::write(&autostart.everybodys[0], "[Desktop Entry]\nExec=holdfast-desktop --hidden\n").unwrap();
        assert!(autostart.is_on());
        autostart.set(false).unwrap();
        assert!(!autostart.is_on());
        autostart.set(true).unwrap();
        assert!(autostart.is_on() && !autostart.own.exists());
    }
}
