//! What lies in and beside the archives for those who restore without Holdfast.
use crate::archive::Manifest;
use crate::store::Beside;

pub const RESTORE_SCRIPT: &str = include_str!("../archive/texts/restore.py");
const PAGE: &str = include_str!("../archive/texts/HOW-TO-RESTORE.html");
const TEXT: &str = include_str!("../archive/texts/HOW-TO-RESTORE.txt");

/// The first member of an archive: its name, what it needs, the commands.
pub fn how_to_text(manifest: &Manifest) -> String {
    let files: Vec<String> = manifest.archives.iter().map(holdfast_domain::ArchiveName::file_name).collect();
    let needs = match &files[1..] {
        [] => "It is a full archive: it needs no other file.".to_owned(),
        others => format!("It holds what changed, and needs these too:\n  {}", others.join("\n  ")),
    };
    let roots: Vec<String> =
        manifest.roots.iter().map(|r| format!("  {}/  was  {}", r.name, r.path.display())).collect();
    let full = files.last().map_or("", String::as_str);
    TEXT.replace("{{ARCHIVE}}", manifest.archive.as_str())
        .replace("{{DEPLOYMENT}}", manifest.deployment.as_str())
        .replace("{{CREATED}}", &manifest.created.to_string())
        .replace("{{HOST}}", &manifest.host)
        .replace("{{PROGRAM}}", &manifest.program)
        .replace("{{NEEDS}}", &needs)
        .replace("{{ROOTS}}", &roots.join("\n"))
        .replace("{{SEALED}}", &files.join(" "))
        .replace("{{FULL}}", full)
}

/// What is put beside the archives of a deployment.
pub fn beside(deployment: &holdfast_domain::DeploymentName, recovery_key: &[u8]) -> Beside {
    Beside {
        recovery_key: recovery_key.to_vec(),
        how_to: how_to_page(deployment).into_bytes(),
        script: RESTORE_SCRIPT.as_bytes().to_vec(),
    }
}

/// The page beside the archives. Folders of several deployments share it; it names the one that wrote it last.
pub fn how_to_page(deployment: &holdfast_domain::DeploymentName) -> String {
    PAGE.replace("{{DEPLOYMENT}}", deployment.as_str())
        .replace("{{PROGRAM}}", concat!("holdfast ", env!("CARGO_PKG_VERSION")))
}
