use globset::{GlobBuilder, GlobMatcher};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A folder with more entries than this is not searched to its end.
const ENTRIES: usize = 20_000;

/// What a glob such as `threads/*/thread.json` finds below a folder, at most 100 paths. A trailing
/// `/` asks for folders. What cannot be read holds nothing.
pub(crate) fn found(folder: &Path, glob: &str) -> Vec<PathBuf> {
    let only_folders = glob.ends_with('/');
    let mut paths = vec![folder.to_owned()];
    for part in glob.trim_end_matches('/').split('/') {
        if part == ".." || !part.contains(['*', '?', '[', '{']) {
            for path in &mut paths {
                // Beside `a/b` is `a`, whatever a link makes of `a/b/..`.
                if part == ".." {
                    path.pop();
                } else {
                    path.push(part);
                }
            }
            paths.retain(|path| path.symlink_metadata().is_ok());
        } else if let Some(matcher) = matcher(part) {
            paths = paths
                .iter()
                .flat_map(|path| {
                    entries(path)
                        .into_iter()
                        .filter(|name| matcher.is_match(Path::new(name)))
                        .map(|name| path.join(name))
                        .collect::<Vec<_>>()
                })
                .take(100)
                .collect();
        } else {
            return Vec::new();
        }
    }
    paths.retain(|path| path.metadata().is_ok_and(|meta| meta.is_dir() || !only_folders));
    paths
}

fn matcher(part: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(part).literal_separator(true).build().ok()?;
    Some(glob.compile_matcher())
}

/// Names in a folder, sorted.
pub(crate) fn entries(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<OsString> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.file_name()))
        .take(ENTRIES)
        .collect();
    names.sort();
    names
}
