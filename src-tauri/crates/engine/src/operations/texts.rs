//! What lies in and beside the archives for those who restore without Holdfast.
use crate::archive::Manifest;
use crate::store::Beside;
use holdfast_domain::{ArchiveName, DeploymentName, Envelope};

pub const RESTORE_SCRIPT: &str = include_str!("../archive/texts/restore.py");
const PAGE: &str = include_str!("../archive/texts/HOW-TO-RESTORE.html");
const TEXT: &str = include_str!("../archive/texts/HOW-TO-RESTORE.txt");

/// Stands where one of the archives is in the OpenPGP envelope.
const OPENPGP: &str = "
A name that ends in .gpg is an archive in OpenPGP (AES-256): gpg opens it.
Its key is sealed with key.txt. This hands it to gpg, once:

  age -d -i ~/key.txt recovery-key.asc.age | gpg --import

  (sudo apt install gnupg, brew install gnupg, winget install GnuPG.GnuPG)
";

/// The first member of an archive: its name, what it needs, the commands.
pub fn how_to_text(manifest: &Manifest) -> String {
    let files: Vec<String> = manifest.archives.iter().map(ArchiveName::file_name).collect();
    let needs = match &files[1..] {
        [] => "It is a full archive: it needs no other file.".to_owned(),
        others => format!("It holds what changed, and needs these too:\n  {}", others.join("\n  ")),
    };
    let roots: Vec<String> = manifest
        .roots
        .iter()
        .map(|r| format!("  {}{}  was  {}", r.name, if r.file { "" } else { "/" }, r.path.display()))
        .collect();
    let full = files.last().map_or("", String::as_str);
    let in_openpgp = |name: &ArchiveName| name.envelope() == Envelope::Openpgp;
    let openpgp = if manifest.archives.iter().any(in_openpgp) { OPENPGP } else { "" };
    let (open, open_windows) = if manifest.archives.last().is_some_and(in_openpgp) {
        ("gpg -d", "gpg -o $HOME\\a.tar.zst -d")
    } else {
        ("age -d -i ~/key.txt", "age -d -i $HOME\\key.txt -o $HOME\\a.tar.zst")
    };
    TEXT.replace("{{ARCHIVE}}", manifest.archive.as_str())
        .replace("{{DEPLOYMENT}}", manifest.deployment.as_str())
        .replace("{{CREATED}}", &manifest.created.to_string())
        .replace("{{HOST}}", &manifest.host)
        .replace("{{PROGRAM}}", &manifest.program)
        .replace("{{NEEDS}}", &needs)
        .replace("{{ROOTS}}", &roots.join("\n"))
        .replace("{{SEALED}}", &files.join(" "))
        .replace("{{FULL}}", full)
        .replace("{{OPENPGP}}", openpgp)
        .replace("{{OPEN}}", open)
        .replace("{{OPEN_WINDOWS}}", open_windows)
}

/// What is put beside the archives of a deployment.
pub fn beside(deployment: &DeploymentName, recovery_key: &[u8]) -> Beside {
    Beside {
        recovery_key: recovery_key.to_vec(),
        openpgp_key: None,
        how_to: how_to_page(deployment).into_bytes(),
        script: RESTORE_SCRIPT.as_bytes().to_vec(),
    }
}

/// The page beside the archives. Folders of several deployments share it; it names the one that wrote it last.
pub fn how_to_page(deployment: &DeploymentName) -> String {
    PAGE.replace("{{DEPLOYMENT}}", deployment.as_str())
        .replace("{{PROGRAM}}", concat!("holdfast ", env!("CARGO_PKG_VERSION")))
}
