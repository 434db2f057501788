//! Files of a folder, and what answers say of files.
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a folder; none where there is no such folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).into_iter().flatten() {
        let path = item.unwrap().path();
        if path.is_dir() && !path.is_symlink() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Content that does not compress, so that archives are as long as it. Another seed makes other content.
pub fn fill(path: &Path, bytes: usize, seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut content = Vec::with_capacity(bytes + 8);
    while content.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(bytes);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// What a backup left out, inside the root `bot`.
pub fn left_out(made: &Value) -> Vec<String> {
    let paths = made["left_out"].as_array().unwrap().iter();
    paths.filter_map(|path| path.as_str()?.strip_prefix("bot/").map(str::to_owned)).collect()
}

/// The codes of an answer's problems.
pub fn codes(value: &Value) -> Vec<String> {
    let problems = value["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}
