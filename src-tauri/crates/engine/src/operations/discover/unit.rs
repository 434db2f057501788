//! The text of a systemd unit, as far as it tells where a program works.
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unit {
    pub working_directory: Option<PathBuf>,
    /// Words of `ExecStart`.
    pub command: Vec<String>,
    /// Names and values of `Environment`. Values may be secrets: they are looked at and dropped.
    pub environment: Vec<(String, String)>,
    pub environment_files: Vec<PathBuf>,
}

impl Unit {
    /// Takes in a unit's file, or one of those that complete it. `home` stands for `%h` and `~`.
    pub fn read(&mut self, text: &str, home: &Path) {
        let joined = text.replace("\\\n", " ");
        let mut in_service = false;
        for line in joined.lines().map(str::trim) {
            if line.starts_with('[') {
                in_service = line == "[Service]";
                continue;
            }
            if !in_service || line.starts_with(['#', ';']) {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().replace("%h", &home.to_string_lossy());
            match key.trim() {
                "WorkingDirectory" => {
                    let value = value.strip_prefix('-').unwrap_or(&value);
                    self.working_directory = match value {
                        "" => None,
                        "~" => Some(home.to_owned()),
                        path => Some(PathBuf::from(path)),
                    };
                }
                "ExecStart" if value.is_empty() => self.command.clear(),
                "ExecStart" => {
                    let value = value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
                    self.command.extend(words(value));
                }
                "Environment" if value.is_empty() => self.environment.clear(),
                "Environment" => {
                    let pairs = words(&value);
                    self.environment.extend(
                        pairs.iter().filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())),
                    );
                }
                "EnvironmentFile" => {
                    let value = value.strip_prefix('-').unwrap_or(&value);
                    if !value.is_empty() {
                        self.environment_files.push(PathBuf::from(value));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Splits at blanks outside of quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut begun) = (None, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (_, '\\') => word.extend(letters.next()),
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => (quote, begun) = (Some(letter), true),
            (None, letter) if letter.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            (_, letter) => word.push(letter),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_of_a_unit_is_read() {
        let mut unit = Unit::default();
        let text = "[Unit]\nWorkingDirectory=/not/this\n[Service]\nWorkingDirectory=%h/owui\n# Environment=A=1\n\
                    Environment=\"DATA_DIR=/srv/my data\" PORT=8080\nEnvironmentFile=-/etc/owui.env\n\
                    ExecStart=/opt/venv/bin/open-webui \\\n  serve --port 8080\n";
        unit.read(text, Path::new("/home/x"));
        assert_eq!(unit.working_directory.as_deref(), Some(Path::new("/home/x/owui")));
        assert_eq!(unit.environment[0], ("DATA_DIR".to_owned(), "/srv/my data".to_owned()));
        assert_eq!(unit.environment_files, [Path::new("/etc/owui.env")]);
        assert_eq!(unit.command, ["/opt/venv/bin/open-webui", "serve", "--port", "8080"]);
        unit.read("[Service]\nExecStart=\nExecStart=/bin/other\nWorkingDirectory=~\n", Path::new("/home/x"));
        assert_eq!(unit.command, ["/bin/other"]);
        assert_eq!(unit.working_directory.as_deref(), Some(Path::new("/home/x")));
    }
}
