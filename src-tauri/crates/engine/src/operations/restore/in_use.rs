use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Processes that hold files below these folders open or work in them, as `name (pid)`. Only those that this user
/// may look at; systems without `/proc` show none.
pub fn holders(folders: &[PathBuf]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let own = std::process::id().to_string();
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = process.file_name();
        let Some(pid) = name.to_str().filter(|n| n.bytes().all(|b| b.is_ascii_digit()) && *n != own) else { continue };
        let process = process.path();
        let open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten().map(|fd| fd.path());
        let holds = open.chain([process.join("cwd")]).any(|link| {
            std::fs::read_link(link)
                .is_ok_and(|target: PathBuf| folders.iter().any(|f: &PathBuf| target.starts_with::<&Path>(f)))
        });
        if holds {
            let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
            found.insert(format!("{} ({pid})", name.trim()));
        }
    }
    found.into_iter().collect()
}
