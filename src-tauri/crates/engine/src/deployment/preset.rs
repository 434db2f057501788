//! Chatbots that Holdfast knows: data, one file each under `presets/`.
use crate::deployment::pattern::Patterns;
use crate::error::{Error, Result};
use holdfast_domain::{Class, Code};
use serde::Deserialize;
use std::sync::OnceLock;

/// A known chatbot. Paths and patterns are relative to its data folder unless said otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    pub title: String,
    /// Any one of these recognises a folder as the chatbot's data folder.
    pub detect: Vec<Detect>,
    /// Where the data folder is by default: absolute, or `~/` for the person's home.
    #[serde(default)]
    pub places: Vec<String>,
    /// Where the data folder may lie below a folder that the person chose, as globs.
    #[serde(default)]
    pub inside: Vec<String>,
    /// Where the folder above the data folder holds any of these, that folder is the chatbot's own, and is protected
    /// as a whole.
    #[serde(default)]
    pub around: Vec<String>,
    /// Folders in which its secrets may lie beside the usual ones, written as `places` are: where it is started from.
    #[serde(default)]
    pub near: Vec<String>,
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// The first that covers a path decides.
    #[serde(default)]
    pub rules: Vec<PresetRule>,
    #[serde(default)]
    pub health: PresetHealth,
    /// Database servers that hold part of the data and need a dump.
    #[serde(default)]
    pub servers: Vec<String>,
    /// What people lose with this chatbot, and how: for the person to read.
    #[serde(default)]
    pub pitfalls: String,
}

/// All of what is given must hold. Globs match one folder level; a trailing `/` asks for a folder;
/// `../` looks beside the folder.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Detect {
    /// The folder's own name, as a glob.
    pub folder: Option<String>,
    pub all: Vec<String>,
    pub any: Vec<String>,
    pub none: Vec<String>,
    /// A file that matches the glob and holds all of the texts.
    pub holds: Vec<Holds>,
    /// Present in most: raises the confidence.
    pub hints: Vec<String>,
}

/// What tells whether it is well.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PresetHealth {
    /// The URL to ask, on the port that it has by default.
    pub url: Option<String>,
    /// What its answer holds.
    pub contains: Option<String>,
    /// More paths of the same server that answer where it is well.
    pub more: Vec<String>,
    /// Configuration files, and the keys without which it does not work as before.
    pub keys: Vec<PresetKeys>,
}

/// Files that are not there are none: whether they should be is for `secrets` to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetKeys {
    /// Below the data folder or a root, without globs.
    pub file: String,
    pub keys: Vec<String>,
    /// `env`, `json`, `yaml`, `toml` or `ini`, where the name does not say it.
    #[serde(default)]
    pub format: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    pub path: String,
    pub texts: Vec<String>,
}

/// Something without which the restored data is worth less. Looked for in the data folder, beside
/// it and in every root; found is any one of the `files`, or all `keys` in environment files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    pub what: String,
    #[serde(default)]
    pub files: Vec<String>,
    #[serde(default)]
    pub keys: Vec<String>,
    /// What to say where it is not found. Without it the thing may be missing.
    #[serde(default)]
    pub missing: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetRule {
    pub pattern: String,
    #[serde(with = "crate::deployment::class_word")]
    pub class: Class,
    /// What a re-creatable thing is, in words.
    #[serde(default)]
    pub what: String,
}

impl Preset {
    pub(super) fn patterns(&self) -> Result<Patterns> {
        Patterns::new(self.rules.iter().map(|rule| rule.pattern.as_str()))
    }
}

macro_rules! preset_files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../presets/", $name, ".toml")))),*]
    };
}

/// Where two recognise the same folder with the same confidence, the earlier one comes first.
const FILES: [(&str, &str); 18] = preset_files![
    "open-webui",
    "sillytavern",
    "personal-ai-chatbot",
    "anythingllm",
    "flowise",
    "n8n",
    "librechat",
    "text-generation-webui",
    "jan",
    "msty",
    "ollama",
    "llm",
    "rasa",
    "chainlit",
    "koboldcpp",
    "compose-postgres-chroma",
    "php-tenants",
    "chroma",
];

/// All presets, parsed once.
pub fn presets() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| {
        // The files are part of the program; a test parses each.
        FILES
            .iter()
            .filter_map(|(name, text)| {
                toml::from_str(text).inspect_err(|e| tracing::error!(preset = name, error = %e, "bad preset")).ok()
            })
            .collect()
    })
}

/// `Code::BadSettings` for a name that this version does not know.
pub fn preset(name: &str) -> Result<&'static Preset> {
    presets().iter().find(|preset| preset.name == name).ok_or_else(|| {
        let names: Vec<&str> = presets().iter().map(|preset| preset.name.as_str()).collect();
        Error::new(Code::BadSettings, name, format!("no preset has this name; there are {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Format;

    #[test]
    fn every_preset_file_is_understood() {
        for (name, text) in FILES {
            let preset: Preset = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(preset.name, name);
            assert!(!preset.detect.is_empty(), "{name} recognises nothing");
            preset.patterns().unwrap();
            for rule in &preset.rules {
                let says_what = !rule.what.is_empty();
                assert_eq!(rule.class == Class::Recreatable, says_what, "{name}: {}", rule.pattern);
            }
            for wanted in &preset.health.keys {
                let format = wanted.format.as_deref().map_or_else(|| Format::of(wanted.file.as_ref()), Format::named);
                assert!(format.is_some() && !wanted.keys.is_empty(), "{name}: {}", wanted.file);
            }
            assert!(preset.health.more.is_empty() || preset.health.url.is_some(), "{name}");
            for place in &preset.places {
                assert!(place.starts_with("~/") || place.starts_with('/'), "{place}");
            }
        }
        assert_eq!(presets().len(), FILES.len());
    }

    #[test]
    fn no_preset_file_is_forgotten() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
    }

    #[test]
    fn an_unknown_preset_is_named() {
        let error = preset("eliza").unwrap_err();
        assert_eq!((error.code(), error.subject()), (Code::BadSettings, "eliza"));
    }
}
