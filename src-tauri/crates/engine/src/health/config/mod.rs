//! Whether configuration files can be read, and hold the keys without which the chatbot does not work as before. No value of
//! theirs is shown, and no message of a parser either: it may quote the line.
mod parse;

pub use parse::{Broken, env_lines, parse as parse_config};

use super::{Look, Probe, Seen};
use crate::deployment::Format;
use holdfast_domain::health::{State, Unit};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Longer files are no settings.
const LONGEST: u64 = 4 << 20;

/// Some files, told together.
#[derive(Debug, Clone)]
pub struct ConfigFiles {
    pub files: Vec<ConfigFile>,
}

#[derive(Debug, Clone)]
pub struct ConfigFile {
    pub path: PathBuf,
    pub format: Format,
    pub keys: Vec<String>,
    /// It must be there.
    pub required: bool,
}

/// How one file is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Good,
    Absent,
    /// With the line, where it is known.
    Broken(Broken),
    Lacks(Vec<String>),
    Unreadable(String),
    Long,
}

/// So many files are named.
const MOST: usize = 5;

impl ConfigFile {
    fn read(&self) -> How {
        let meta = match std::fs::metadata(&self.path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == ErrorKind::NotFound => return How::Absent,
            Err(e) => return How::Unreadable(e.to_string()),
        };
        if !meta.is_file() {
            return How::Unreadable("it is no file".to_owned());
        }
        if meta.len() > LONGEST {
            return How::Long;
        }
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) => return How::Unreadable(e.to_string()),
        };
        let Ok(text) = String::from_utf8(bytes) else { return How::Broken(Broken { line: None }) };
        match parse_config(self.format, &text) {
            Err(broken) => How::Broken(broken),
            Ok(keys) => {
                let lacking: Vec<String> = self.keys.iter().filter(|key| !keys.contains(*key)).cloned().collect();
                if lacking.is_empty() { How::Good } else { How::Lacks(lacking) }
            }
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

const RESTORE: &str = "Compare it with the last archive (holdfast diff), and restore it from there or correct it.";

impl Look for ConfigFile {
    fn look(&self, probe: &Probe) -> Seen {
        ConfigFiles { files: vec![self.clone()] }.look(probe)
    }
}

impl Look for ConfigFiles {
    fn look(&self, probe: &Probe) -> Seen {
        let (mut good, mut told) = (Vec::new(), Vec::<(State, String)>::new());
        for file in &self.files {
            if probe.job.is_cancelled() {
                break;
            }
            let name = name(&file.path);
            match file.read() {
                How::Good => good.push(name),
                How::Absent if file.required => told.push((State::Failing, format!("{name} is not there"))),
                How::Absent | How::Long => {}
                How::Broken(Broken { line: Some(line) }) => {
                    let text =
                        format!("{name} is not {} any more from line {line} on", file.format.as_str().to_uppercase());
                    told.push((State::Failing, text));
                }
                How::Broken(Broken { line: None }) => {
                    told.push((State::Failing, format!("{name} is not text any more")));
                }
                How::Lacks(keys) => told.push((State::Failing, format!("{name} lacks {}", keys.join(", ")))),
                How::Unreadable(cause) => told.push((State::Unknown, format!("{name} cannot be read: {cause}"))),
            }
        }
        let count = Unit::Count;
        let Some(worst) = told.iter().map(|(state, _)| *state).max() else {
            let text = match good.as_slice() {
                [] => "there is none".to_owned(),
                [one] => format!("{one} can be read"),
                [first, .., last] if good.len() == 2 => format!("{first} and {last} can be read"),
                all => format!("{} files can be read", all.len()),
            };
            return Seen::ok(text).with(good.len() as f64, count);
        };
        told.sort_by_key(|(state, _)| std::cmp::Reverse(*state));
        let mut text = told.iter().take(MOST).map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
        if told.len() > MOST {
            text = format!("{text}; and {} more", told.len() - MOST);
        }
        Seen::bad(worst, text, RESTORE).with(good.len() as f64, count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;

    fn look(name: &str, text: &str, keys: &[&str]) -> Seen {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let format = Format::of(&path).unwrap();
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        ConfigFile { path, format, keys, required: true }.look(&probe(dir.path()))
    }

    #[test]
    fn good_ones_are_well_and_bad_ones_are_told_with_their_line_and_no_value() {
        for (name, good, bad, line) in [
            (".env", "# c\nA=1\nexport B='x y'\n", "A=1\nsk-tidal harbour\n", 2),
            ("a.json", "{\"A\": {\"b\": 1}}", "{\"A\": \"sk-tidal\",\n \"B\" sk-tidal}", 2),
            ("a.yaml", "A: 1\nB:\n  c: 2\n", "A: 1\n\tB: sk-tidal\n  c: [\n", 2),
            ("a.toml", "A = 1\n[B]\nc = 2\n", "A = 1\nB = sk-tidal\n", 2),
            ("a.ini", "; c\n[B]\nc = 2\n", "[B]\nsk-tidal\n", 2),
        ] {
            let seen = look(name, good, &[]);
            assert_eq!(seen.state, State::Ok, "{name}: {seen:?}");
            let seen = look(name, bad, &[]);
            assert_eq!(seen.state, State::Failing, "{name}: {seen:?}");
            assert!(seen.text.contains(&format!("from line {line} on")), "{name}: {seen:?}");
            assert!(!format!("{seen:?}").contains("tidal"), "{seen:?}");
        }
    }

    #[test]
    fn keys_that_are_not_there_or_are_empty_are_named() {
        let seen = look(".env", "CREDS_KEY=tidal\nCREDS_IV=\n", &["CREDS_KEY", "CREDS_IV", "JWT_SECRET"]);
        assert_eq!((seen.state, seen.text.as_str()), (State::Failing, ".env lacks CREDS_IV, JWT_SECRET"));
        assert_eq!(look("a.json", "{\"a\":{\"b\":\"x\"}}", &["a", "a.b"]).state, State::Ok);
        assert_eq!(look("a.json", "{\"a\":{\"b\":null}}", &["a.b"]).text, "a.json lacks a.b");
        assert_eq!(look("a.ini", "[db]\nhost = x\n", &["db.host"]).state, State::Ok);
    }

    #[test]
    fn a_missing_file_matters_where_it_is_required() {
        let dir = tempfile::tempdir().unwrap();
        let mut file =
            ConfigFile { path: dir.path().join(".env"), format: Format::Env, keys: Vec::new(), required: true };
        assert_eq!(file.look(&probe(dir.path())).text, ".env is not there");
        file.required = false;
        assert_eq!(file.look(&probe(dir.path())).state, State::Ok);
        std::fs::write(&file.path, [0xff, 0xfe, 0]).unwrap();
        assert_eq!(file.look(&probe(dir.path())).text, ".env is not text any more");
    }
}
