//! Configuration files as settings: a name and a value each, whatever the file is written in.
use crate::health::env_lines;
use holdfast_domain::masking::{MASK, is_secret, mask};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Larger ones are no configuration.
pub const FILE_BYTES: u64 = 1 << 20;
const VALUE_LETTERS: usize = 120;

/// By name; `a.b` is `b` in `a`, and lists count from 0.
pub type Settings = BTreeMap<String, String>;

/// `None`: what it is written in is not known. An error says why it cannot be read as what its name says.
pub fn parse(path: &Path, text: &str) -> Option<std::result::Result<Settings, String>> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_env = name == ".env" || name.starts_with(".env.") || ending == "env";
    let value = match ending {
        _ if is_env => return Some(Ok(env_lines(text).pairs.into_iter().collect())),
        "json" => serde_json::from_str(text).map_err(|e| e.to_string()),
        "yaml" | "yml" => yaml_serde::from_str(text).map_err(|e| e.to_string()),
        "toml" => toml::from_str(text).map_err(|e: toml::de::Error| e.message().to_owned()),
        "ini" | "cfg" | "conf" => return Some(Ok(ini(text))),
        _ => return None,
    };
    Some(value.map(|value: Value| {
        let mut settings = Settings::new();
        flatten(String::new(), &value, &mut settings);
        settings
    }))
}

fn flatten(name: String, value: &Value, settings: &mut Settings) {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(part, value)| flatten(below(part), value, settings)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| flatten(below(&place.to_string()), value, settings));
        }
        Value::String(text) => drop(settings.insert(name, text.clone())),
        other => drop(settings.insert(name, other.to_string())),
    }
}

fn ini(text: &str) -> Settings {
    let mut section = String::new();
    let mut settings = Settings::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{}.", name.trim());
        } else if let Some((name, value)) = line.split_once('=').or_else(|| line.split_once(':')) {
            settings.insert(format!("{section}{}", name.trim()), unquoted(value));
        }
    }
    settings
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let within =
        |quote: char| value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)).map(|(inner, _)| inner);
    match within('"').or_else(|| within('\'')) {
        Some(inner) => inner.to_owned(),
        None => value.split(" #").next().unwrap_or_default().trim().to_owned(),
    }
}

/// Whether the last part of a name tells of a secret, or a part above it does.
pub fn holds_secret(name: &str) -> bool {
    name.split('.').any(is_secret)
}

/// As it may be shown: secrets covered, also those that an address or a token holds.
pub fn shown(name: &str, value: &str) -> String {
    if value.is_empty() {
        return "empty".to_owned();
    }
    if holds_secret(name) {
        return MASK.to_owned();
    }
    let (covered, _) = mask("", &format!("{}={value}", name.rsplit('.').next().unwrap_or(name)));
    let value = covered.split_once('=').map_or(covered.as_str(), |(_, value)| value);
    value.lines().next().unwrap_or_default().chars().take(VALUE_LETTERS).collect()
}

/// How one file's settings differ, in lines for people.
pub fn differences(before: &Settings, now: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in before {
        match now.get(name) {
            None => lines.push(format!("- {name} (it was {})", shown(name, value))),
            Some(present) if present != value => {
                lines.push(format!("~ {name}: {} -> {}", shown(name, value), shown(name, present)));
            }
            Some(_) => {}
        }
    }
    let added = now.iter().filter(|(name, _)| !before.contains_key(*name));
    lines.extend(added.map(|(name, value)| format!("+ {name} = {}", shown(name, value))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str, text: &str) -> Settings {
        parse(Path::new(name), text).unwrap().unwrap()
    }

    #[test]
    fn each_format_gives_the_same_settings() {
        let wanted = [("db.host", "a"), ("db.port", "5")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let wanted = Settings::from(wanted);
        assert_eq!(settings("x.json", r#"{"db":{"host":"a","port":5}}"#), wanted);
        assert_eq!(settings("x.yaml", "db:\n  host: a\n  port: 5\n"), wanted);
        assert_eq!(settings("x.toml", "[db]\nhost = 'a'\nport = 5\n"), wanted);
        assert_eq!(settings("x.ini", "; no\n[db]\nhost = a\nport: 5\n"), wanted);
        let env = settings(".env", "# no\nexport A=\"b # c\"\nD = e # f\n\nG=\n");
        assert_eq!(env.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>(), ["A=b # c", "D=e", "G="]);
        let key = settings(".env", "KEY=\"-----BEGIN\nMIIEhush==\n-----END\"\nB='open\nC=2\nno name = 1\n");
        let names: Vec<_> = key.keys().map(String::as_str).collect();
        assert_eq!((names, key["KEY"].as_str()), (vec!["B", "C", "KEY"], "-----BEGIN\nMIIEhush==\n-----END"));
        assert!(parse(Path::new("x.json"), "{").unwrap().is_err());
        assert!(parse(Path::new("x.bin"), "").is_none());
    }

    #[test]
    fn differences_show_no_secret() {
        let before =
            settings(".env", "OPENAI_API_KEY=sk-one\nPORT=1\nGONE=x\nDATABASE_URL=postgres://me:hush@host/db\n");
        let now =
            settings(".env", "OPENAI_API_KEY=sk-two\nPORT=2\nNEW_TOKEN=\nDATABASE_URL=postgres://me:other@host/db\n");
        let lines = differences(&before, &now).join("\n");
        for secret in ["sk-one", "sk-two", "hush", "other@"] {
            assert!(!lines.contains(secret), "{lines}");
        }
        assert!(lines.contains("~ PORT: 1 -> 2") && lines.contains("- GONE (it was x)"), "{lines}");
        assert!(lines.contains("~ OPENAI_API_KEY: ") && lines.contains("+ NEW_TOKEN = empty"), "{lines}");
    }
}
