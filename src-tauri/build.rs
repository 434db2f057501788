//! Tauri's part of the build; and where the pages of `ui/` were not built, a page that says so.
use std::path::{Path, PathBuf};
use std::{env, fs};

const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Holdfast</title>\
<p>The window's pages were not built. Run scripts/run, or: cd ui; npm ci; npm run build.</p></html>";

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=tauri.conf.json");
    if !Path::new("../ui/dist/index.html").is_file() {
        stand_in();
    }
    tauri_build::build();
}

/// Lets the workspace be built and checked without node.
fn stand_in() {
    println!("cargo:warning=ui/dist is not built: the window will only say so");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("unbuilt");
    if let Err(e) = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("index.html"), UNBUILT)) {
        println!("cargo:warning={}: {e}", folder.display());
    }
    let config = serde_json::json!({ "build": { "frontendDist": folder } });
    println!("cargo:rustc-env=TAURI_CONFIG={config}");
}
