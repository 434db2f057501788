//! The keys that a configuration file sets, whatever it is written in. Values are looked at only for being there.
use crate::deployment::Format;
use std::collections::BTreeSet;

/// From where on it makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub line: Option<usize>,
}

/// Deeper settings are not looked into.
const DEPTH: usize = 16;

/// Keys with a value that is not empty; `a.b` for `b` in `a`.
pub fn parse(format: Format, text: &str) -> Result<BTreeSet<String>, Broken> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut keys = BTreeSet::new();
    match format {
        Format::Env => env(text, &mut keys)?,
        Format::Ini => ini(text, &mut keys)?,
        Format::Json => {
            let value: serde_json::Value =
                serde_json::from_str(text).map_err(|e| Broken { line: Some(e.line().max(1)) })?;
            json(&value, "", DEPTH, &mut keys);
        }
        Format::Yaml => {
            let line = |e: &yaml_serde::Error| Broken { line: Some(e.location().map_or(1, |at| at.line().max(1))) };
            let value: yaml_serde::Value = yaml_serde::from_str(text).map_err(|e| line(&e))?;
            yaml(&value, "", DEPTH, &mut keys);
        }
        Format::Toml => {
            let value: toml::Table = text.parse().map_err(|e: toml::de::Error| {
                let at = e.span().map_or(0, |span| span.start.min(text.len()));
                Broken { line: Some(1 + text[..at].matches('\n').count()) }
            })?;
            table(&value, "", DEPTH, &mut keys);
        }
    }
    Ok(keys)
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

fn env(text: &str, keys: &mut BTreeSet<String>) -> Result<(), Broken> {
    let Lines { pairs, broken } = env_lines(text);
    keys.extend(pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()).map(|(key, _)| key));
    broken.map_or(Ok(()), Err)
}

/// What an env file sets, in its order, as far as it makes sense, and the first line that makes none.
#[derive(Debug, Default)]
pub struct Lines {
    pub pairs: Vec<(String, String)>,
    pub broken: Option<Broken>,
}

/// A value in quotes may go on over several lines, as private keys do.
pub fn env_lines(text: &str) -> Lines {
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap_or(text).lines().collect();
    let mut read = Lines::default();
    let mut at = 0;
    while at < lines.len() {
        let number = at;
        at += 1;
        let line = lines[number].trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let pair = line.split_once('=').map(|(key, value)| (key.trim_end(), value.trim_start()));
        let Some((key, value)) = pair.filter(|(key, _)| is_name(key)) else {
            read.broken.get_or_insert(Broken { line: Some(number + 1) });
            continue;
        };
        let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
            let plain = if value.starts_with('#') { "" } else { value.split(" #").next().unwrap_or_default() };
            read.pairs.push((key.to_owned(), plain.trim().to_owned()));
            continue;
        };
        let mut inside = value[1..].to_owned();
        if closing(&inside, quote).is_none() {
            match lines[at..].iter().position(|line| closing(line, quote).is_some()) {
                Some(more) => {
                    for line in &lines[at..=at + more] {
                        inside.push('\n');
                        inside.push_str(line);
                    }
                    at += more + 1;
                }
                // Nothing closes it: what follows is not taken for its value.
                None => read.broken = read.broken.or(Some(Broken { line: Some(lines.len()) })),
            }
        }
        let end = closing(&inside, quote).unwrap_or(inside.len());
        read.pairs.push((key.to_owned(), inside[..end].to_owned()));
    }
    read
}

/// Where a quote stands in it that nothing covers.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut covered = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' if quote == '"' && !covered => covered = true,
            _ if letter == quote && !covered => return Some(at),
            _ => covered = false,
        }
    }
    None
}

fn ini(text: &str, keys: &mut BTreeSet<String>) -> Result<(), Broken> {
    let mut section = String::new();
    let mut any = false;
    for (number, line) in text.lines().enumerate() {
        // What is indented goes on with the value before.
        let goes_on = any && line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || goes_on {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut section);
            any = false;
            continue;
        }
        let Some(at) = line.find(['=', ':']).filter(|at| *at > 0) else {
            return Err(Broken { line: Some(number + 1) });
        };
        any = true;
        if !line[at + 1..].trim().is_empty() {
            keys.insert(below(&section, line[..at].trim()));
        }
    }
    Ok(())
}

fn json(value: &serde_json::Value, path: &str, depth: usize, keys: &mut BTreeSet<String>) {
    let serde_json::Value::Object(map) = value else { return };
    for (key, value) in map.iter().filter(|_| depth > 0) {
        let path = below(path, key);
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        json(value, &path, depth - 1, keys);
        if !empty {
            keys.insert(path);
        }
    }
}

fn yaml(value: &yaml_serde::Value, path: &str, depth: usize, keys: &mut BTreeSet<String>) {
    let yaml_serde::Value::Mapping(map) = value else { return };
    for (key, value) in map.iter().filter(|_| depth > 0) {
        let Some(key) = key.as_str() else { continue };
        let path = below(path, key);
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        yaml(value, &path, depth - 1, keys);
        if !empty {
            keys.insert(path);
        }
    }
}

fn table(value: &toml::Table, path: &str, depth: usize, keys: &mut BTreeSet<String>) {
    for (key, value) in value.iter().filter(|_| depth > 0) {
        let path = below(path, key);
        let empty = value.as_str().is_some_and(|text| text.trim().is_empty());
        if let toml::Value::Table(inner) = value {
            table(inner, &path, depth - 1, keys);
        }
        if !empty {
            keys.insert(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(format: Format, text: &str) -> Vec<String> {
        parse(format, text).unwrap().into_iter().collect()
    }

    #[test]
    fn keys_come_out_of_each_format() {
        let env = "A=1\n# B=2\nexport C=\"x\"\nD=\nE=''\nF=\"-----BEGIN\nline = two\n-----END\"\nG = y # z\nH=#x\n";
        assert_eq!(keys(Format::Env, env), ["A", "C", "F", "G"]);
        assert_eq!(keys(Format::Json, "{\"a\":{\"b\":[1],\"c\":\"\"},\"d\":false}"), ["a", "a.b", "d"]);
        assert_eq!(keys(Format::Yaml, "a:\n  b: 1\nc:\n"), ["a", "a.b"]);
        assert_eq!(keys(Format::Toml, "a = 1\n[b]\nc = ''\nd = 2\n"), ["a", "b", "b.d"]);
        assert_eq!(keys(Format::Ini, "top = 1\n[s]\na: x\n  goes on\nb =\n"), ["s.a", "top"]);
        assert_eq!(keys(Format::Env, "\u{feff}A=1\r\nB=2\r\n"), ["A", "B"]);
    }

    #[test]
    fn what_makes_no_sense_is_told_by_its_line() {
        for (format, text, line) in [
            (Format::Env, "A=1\nB C=2", 2),
            (Format::Env, "A=1\nB=\"open\nC=2", 3),
            (Format::Ini, "[a]\n\nword", 3),
            (Format::Json, "", 1),
            (Format::Json, "{\n\"a\": 1,\n}", 3),
            (Format::Toml, "a = 1\na = 2", 2),
        ] {
            assert_eq!(parse(format, text), Err(Broken { line: Some(line) }), "{text:?}");
        }
    }
}
