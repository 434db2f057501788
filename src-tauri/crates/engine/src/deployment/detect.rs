//! Which known chatbot a folder is. Looks at names, reads only compose files, follows no rule of
//! what is left out: a data folder may be inside a virtual environment.
mod glob;
#[cfg(test)]
mod tests;

use crate::deployment::preset::{Detect, Preset, presets};
use glob::entries;
pub(super) use glob::found;
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A chatbot that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    pub preset: String,
    /// 1 to 100: how much of what such a folder holds is there.
    pub confidence: u8,
    /// The chatbot's data folder.
    pub root: PathBuf,
    /// What it was recognised by, relative to the data folder.
    pub found: Vec<String>,
}

/// More folders than this are not looked into one by one.
const CHILDREN: usize = 500;
/// A compose file is never as long as this.
const READ_BYTES: u64 = 1 << 20;

/// Recognises chatbots in a folder: itself, the folders in it, and where presets say that data lies
/// below it. The surest comes first. What cannot be read is not recognised.
pub fn detect(folder: &Path) -> Vec<Detection> {
    let mut candidates = vec![folder.to_owned()];
    candidates
        .extend(entries(folder).into_iter().map(|name| folder.join(name)).filter(|path| path.is_dir()).take(CHILDREN));
    let mut detections: Vec<Detection> = Vec::new();
    for preset in presets() {
        let inside = preset.inside.iter().flat_map(|glob| found(folder, glob));
        for candidate in candidates.iter().cloned().chain(inside) {
            let known = detections.iter().any(|other| other.root == candidate && other.preset == preset.name);
            if !known && let Some(detection) = check_all(preset, &candidate) {
                detections.push(detection);
            }
        }
    }
    // A vector store in a chatbot's folder is a part of it. A stable sort: presets are in order.
    let roots: Vec<PathBuf> = detections.iter().map(|it| it.root.clone()).collect();
    detections.retain(|it| !roots.iter().any(|root| *root != it.root && it.root.starts_with(root)));
    detections.sort_by_key(|it| (std::cmp::Reverse(it.confidence), it.root != folder));
    detections
}

/// What the folder itself is, whatever is in it or below it: the surest.
pub fn recognise(folder: &Path) -> Option<Detection> {
    // Of equals the last is the maximum: the earlier preset comes first.
    presets().iter().rev().filter_map(|preset| check_all(preset, folder)).max_by_key(|it| it.confidence)
}

/// The folder itself, and where presets say that data lies below it; what else is in it does not count.
pub fn recognise_below(folder: &Path) -> Vec<Detection> {
    let mut found: Vec<Detection> = recognise(folder).into_iter().collect();
    for preset in presets() {
        for place in preset.inside.iter().flat_map(|glob| found_below(folder, glob)) {
            let known = found.iter().any(|it| place.starts_with(&it.root));
            if !known && let Some(detection) = check_all(preset, &place) {
                found.push(detection);
            }
        }
    }
    found
}

fn found_below(folder: &Path, glob: &str) -> Vec<PathBuf> {
    // Most folders hold no such thing: the first component tells, without a look at all that is in the folder.
    let first = glob.split('/').next().unwrap_or_default();
    let plain = !first.contains(['*', '?', '[', '{']);
    if plain && folder.join(first).symlink_metadata().is_err() {
        return Vec::new();
    }
    found(folder, glob)
}

/// The folders in which known chatbots keep their data by default, where they exist: below the person's home, and below
/// the root of the file system.
pub fn places(home: &Path, root: &Path) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = presets()
        .iter()
        .flat_map(|preset| &preset.places)
        .flat_map(|place| match place.strip_prefix("~/") {
            Some(rest) => found(home, rest),
            None => found(root, place.trim_start_matches('/')),
        })
        .filter(|path| path.is_dir())
        .collect();
    places.sort();
    places.dedup();
    places
}

/// The chatbot that keeps its data in this absolute place: in a container, the place tells what is mounted there.
pub fn kept_at(place: &Path) -> Option<&'static Preset> {
    presets().iter().find(|preset| preset.places.iter().any(|known| Path::new(known) == place))
}

fn check_all(preset: &Preset, folder: &Path) -> Option<Detection> {
    preset.detect.iter().filter_map(|signs| check(signs, folder)).max_by_key(|(confidence, _)| *confidence).map(
        |(confidence, found)| Detection { preset: preset.name.clone(), confidence, root: folder.to_owned(), found },
    )
}

/// All signs without a hint are worth 60.
fn check(signs: &Detect, folder: &Path) -> Option<(u8, Vec<String>)> {
    let there = |sign: &&String| !found(folder, sign).is_empty();
    let mut seen: Vec<String> = Vec::new();
    if let Some(name) = &signs.folder {
        let own = folder.file_name()?.to_str()?;
        if own != name {
            return None;
        }
        seen.push(own.to_owned());
    }
    let all = signs.all.iter().all(|sign| there(&sign));
    if !all || signs.none.iter().any(|sign| there(&sign)) {
        return None;
    }
    seen.extend(signs.all.iter().cloned());
    let any: Vec<String> = signs.any.iter().filter(there).cloned().collect();
    if any.is_empty() && !signs.any.is_empty() {
        return None;
    }
    seen.extend(any);
    for holds in &signs.holds {
        let file = found(folder, &holds.path).into_iter().find(|file| holds_all(file, &holds.texts))?;
        seen.push(file.file_name()?.to_string_lossy().into_owned());
    }
    let hints: Vec<String> = signs.hints.iter().filter(there).cloned().collect();
    let confidence = match signs.hints.len() {
        0 => 100,
        count => 60 + 40 * hints.len() / count,
    };
    seen.extend(hints.into_iter().filter(|hint| !signs.any.contains(hint)));
    Some((confidence as u8, seen))
}

fn holds_all(file: &Path, texts: &[String]) -> bool {
    let mut content = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_end(&mut content));
    let content = String::from_utf8_lossy(&content);
    read.is_ok() && texts.iter().all(|text| content.contains(text.as_str()))
}
