//! Where the programs are: beside the tests, built if they are not there.
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// `target/debug` or `target/release`, where this test lies in `deps`.
fn folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let deps = test.parent().unwrap();
    if deps.ends_with("deps") { deps.parent().unwrap().to_owned() } else { deps.to_owned() }
}

fn built() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = folder();
        if !["holdfast", "holdfast-sample"].iter().all(|name| folder.join(name).is_file()) {
            build(&["holdfast-cli", "holdfast-sample"]);
        }
        folder
    })
}

fn build(packages: &[&str]) {
    let folder = folder();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet"]);
    for package in packages {
        cargo.args(["-p", package]);
    }
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--target-dir").arg(folder.parent().unwrap());
    assert!(cargo.status().unwrap().success(), "the programs could not be built");
}

pub fn holdfast() -> PathBuf {
    built().join("holdfast")
}

pub fn sample() -> PathBuf {
    built().join("holdfast-sample")
}

/// The window; it is built where it is not there.
pub fn desktop() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| {
        let program = built().join("holdfast-desktop");
        if !program.is_file() {
            build(&["holdfast-desktop"]);
        }
        program
    });
    program.clone()
}

/// Where tests put pictures of what they saw: `HOLDFAST_TEST_PICTURES`, or a folder beside the programs.
pub fn pictures() -> PathBuf {
    let named = std::env::var_os("HOLDFAST_TEST_PICTURES").filter(|path| !path.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| folder().parent().unwrap().join("pictures"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
