//! Deployments: their settings, the chatbots that Holdfast knows, and what each file is.
mod class_word;
mod classify;
mod detect;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod live_data;
mod marks;
mod pattern;
mod preset;
mod profile;
mod put_in;
mod survey;

pub use classify::{Classifier, LeftOut, Verdict};
pub use detect::{Detection, detect, kept_at, places, recognise, recognise_below};
pub use marks::{SIDECARS, SQLITE_HEADER, database_of_sidecar, is_cachedir_tag, looks_like_sqlite};
pub use pattern::check as check_pattern;
pub use preset::{Detect, Holds, Preset, PresetHealth, PresetKeys, PresetRule, Secret, preset, presets};
pub use profile::{
    Asked, CheckSetting, Control, Destination, Dump, Format, Loaded, Overlap, Profile, Root, Rule, SLOW_MS, Server,
    ServiceSetting, Tier, VERSION, WARN_DAYS, create, find, load, load_all, path_of, remove, save,
};
pub use put_in::put_in;
pub use survey::{
    ClassTotal, Excluded, ExcludedBy, LeftOutTotal, Looked, Missed, Missing, RootLeft, SecretFound, Survey,
    SurveyRequest, excluded, is_secret_name, look, secret_files, survey,
};
