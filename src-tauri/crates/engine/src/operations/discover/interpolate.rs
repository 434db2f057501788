//! `${NAME:-default}` in compose files, with the values of the `.env` beside them. Only used for what becomes a path,
//! an image or a port.
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

const READ_BYTES: u64 = 1 << 18;

/// The variables of an environment file. Wiped when they go.
#[derive(Default)]
pub(super) struct Variables(HashMap<String, Zeroizing<String>>);

impl Variables {
    /// What cannot be read sets nothing.
    pub fn read(file: &Path) -> Self {
        let mut text = Zeroizing::new(String::new());
        let read = std::fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_string(&mut text));
        if read.is_err() {
            return Self::default();
        }
        Self(text.lines().filter_map(assignment).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// The text with what is known filled in; a variable that is not known is empty, as compose takes it.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                filled.push('$');
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('{') {
                let Some(end) = inner.find('}') else { return filled };
                filled.push_str(&self.braced(&inner[..end]));
                rest = &inner[end + 1..];
            } else {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                filled.push_str(self.get(&rest[..end]).unwrap_or_default());
                rest = &rest[end..];
            }
        }
        filled.push_str(rest);
        filled
    }

    fn braced(&self, inner: &str) -> String {
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, how) = inner.split_at(end);
        let value = self.get(name);
        let set = value.filter(|value| !value.is_empty());
        let chosen = match how.as_bytes() {
            [b':', b'-', ..] => set.unwrap_or(&how[2..]),
            [b'-', ..] => value.unwrap_or(&how[1..]),
            [b':', b'+', ..] if set.is_some() => &how[2..],
            [b'+', ..] if value.is_some() => &how[1..],
            [b':', b'+', ..] | [b'+', ..] => "",
            _ => value.unwrap_or_default(),
        };
        chosen.to_owned()
    }
}

fn assignment(line: &str) -> Option<(String, Zeroizing<String>)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    if name.starts_with('#') {
        return None;
    }
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        // A comment begins after a blank.
        _ => value.split(" #").next().unwrap_or_default().trim_end(),
    };
    Some((name.trim().to_owned(), Zeroizing::new(value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_as_compose_does() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(".env");
        std::fs::write(&file, "# DATA=no\nDATA=\"/srv/my data\"\nexport PORT=3000 # here\nEMPTY=\n").unwrap();
        let variables = Variables::read(&file);
        for (text, filled) in [
            ("${DATA}/x", "/srv/my data/x"),
            ("$PORT:8080", "3000:8080"),
            ("${NONE:-./data}:/data", "./data:/data"),
            ("${EMPTY:-a}${EMPTY-b}", "a"),
            ("${DATA:+yes}${NONE:+no}", "yes"),
            ("a$$b", "a$b"),
            ("${NONE}", ""),
            ("${open", ""),
        ] {
            assert_eq!(variables.fill(text), filled, "{text}");
        }
    }
}
