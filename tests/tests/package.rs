//! The package: what is in it, that dpkg takes it on a machine like this one, and that what it installs runs.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, cannot_be_shown, wait_for};
use holdfast_tests::{World, is_root, run, run_for, skipped};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// Made once, of the programs as they lie there.
fn package() -> Option<&'static Path> {
    static MADE: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        for program in ["dpkg-deb", "dpkg-shlibdeps", "strip", "node"] {
            if Command::new(program).arg("--version").output().is_err() {
                skipped("the package", &format!("there is no {program}"));
                return None;
            }
        }
        let program = holdfast_tests::desktop();
        let target = program.parent().unwrap().parent().unwrap();
        let out = tempfile::tempdir().unwrap();
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/package"));
        command.arg("--debug").arg(out.path()).env("CARGO_TARGET_DIR", target);
        let ran = run_for(&mut command, Duration::from_mins(3)).expect(0);
        let package = PathBuf::from(ran.stdout.trim());
        assert!(package.is_file(), "{ran}");
        Some((out, package))
    });
    made.as_ref().map(|(_, package)| package.as_path())
}

fn has(root: &Path, path: &str) {
    assert!(fs::metadata(root.join(path)).is_ok_and(|file| file.len() > 0), "{path} is not in the package");
}

fn extracted(package: &Path, root: &Path) {
    run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(root)).expect(0);
}

#[test]
fn the_package_holds_all_that_a_desktop_needs() {
    let Some(package) = package() else { return };
    let control = run(Command::new("dpkg-deb").arg("--info").arg(package)).expect(0).stdout;
    for word in ["Package: holdfast", "libwebkit2gtk-4.1-0", "libgtk-3-0", "Recommends: gnome-keyring", "conffiles"] {
        assert!(control.contains(word), "{word}\n{control}");
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    extracted(package, &root);
    for path in [
        "usr/bin/holdfast",
        "usr/bin/holdfast-desktop",
        "usr/share/applications/holdfast.desktop",
        "etc/xdg/autostart/holdfast.desktop",
        "usr/share/icons/hicolor/scalable/apps/holdfast.svg",
        "usr/share/icons/hicolor/32x32/apps/holdfast.png",
        "usr/share/icons/hicolor/128x128/apps/holdfast.png",
        "usr/share/man/man1/holdfast.1.gz",
        "usr/share/man/man1/holdfast-backup.1.gz",
        "usr/share/man/man1/holdfast-desktop.1.gz",
        "usr/share/bash-completion/completions/holdfast",
        "usr/share/zsh/vendor-completions/_holdfast",
        "usr/share/fish/vendor_completions.d/holdfast.fish",
        "usr/share/doc/holdfast/copyright",
        "usr/share/doc/holdfast/changelog.gz",
    ] {
        has(&root, path);
    }
    let completion = root.join("usr/share/bash-completion/completions/holdfast");
    run(Command::new("bash").arg("-n").arg(completion)).expect(0);
    for entry in ["usr/share/applications/holdfast.desktop", "etc/xdg/autostart/holdfast.desktop"] {
        let text = fs::read_to_string(root.join(entry)).unwrap();
        assert!(text.lines().any(|line| line.starts_with("Exec=holdfast-desktop")), "{text}");
        if Command::new("desktop-file-validate").arg("--version").output().is_ok() {
            run(Command::new("desktop-file-validate").arg(root.join(entry))).expect(0);
        }
    }
    // Nobody but root may change what everybody runs.
    let listed = run(Command::new("dpkg-deb").arg("--contents").arg(package)).expect(0).stdout;
    let is_roots = |line: &str| line.contains(" root/root ") || line.contains(" 0/0 ");
    let strange = listed.lines().find(|line| !is_roots(line) || line[..10].matches('w').count() > 1);
    assert_eq!(strange, None);
}

#[test]
fn dpkg_installs_and_removes_it_where_its_dependencies_are() {
    let Some(package) = package() else { return };
    if !is_root() {
        return skipped("installing the package", "dpkg takes root");
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    let own = root.join("var/lib/dpkg");
    for folder in ["updates", "info"] {
        fs::create_dir_all(own.join(folder)).unwrap();
    }
    // A machine that has what this one has, so that what the package depends on is really asked for.
    fs::copy("/var/lib/dpkg/status", own.join("status")).unwrap();
    let dpkg = |arguments: &[&str], package: Option<&Path>| {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", root.display())).args(arguments).args(package);
        run(&mut command)
    };
    dpkg(&["--install"], Some(package)).expect(0);
    let status = dpkg(&["--status", "holdfast"], None).expect(0).stdout;
    assert!(status.contains("Status: install ok installed"), "{status}");
    has(&root, "usr/bin/holdfast-desktop");
    has(&root, "etc/xdg/autostart/holdfast.desktop");
    let version = run(Command::new(root.join("usr/bin/holdfast")).arg("--version")).expect(0);
    assert!(version.stdout.starts_with("holdfast "), "{version}");
    let version = run(Command::new(root.join("usr/bin/holdfast-desktop")).arg("--version")).expect(0);
    assert!(version.stdout.starts_with("holdfast-desktop "), "{version}");
    dpkg(&["--purge", "holdfast"], None).expect(0);
    for path in ["usr/bin/holdfast", "etc/xdg/autostart/holdfast.desktop", "usr/share/doc/holdfast"] {
        assert!(!root.join(path).exists(), "{path} is left behind");
    }
}

#[test]
fn what_it_installs_runs_from_there() {
    let Some(package) = package() else { return };
    let world = World::small();
    let root = world.path().join("root");
    extracted(package, &root);
    let mut cli = Command::new(root.join("usr/bin/holdfast"));
    world.surround(&mut cli);
    run(cli.args(["--no-keyring", "backup"])).expect(0);

    if let Some(program) = cannot_be_shown() {
        return skipped("the packaged window", &format!("there is no {program}"));
    }
    let desktop = Desktop::new(world, Has::TRAY);
    let mut shown = Command::new(root.join("usr/bin/holdfast-desktop"));
    desktop.surround(&mut shown);
    let mut program = desktop.start_command(&mut shown);
    wait_for("the window is there", || desktop.windows() == ["Protected · Holdfast"]);
    desktop.tray().quit();
    assert_eq!(program.ending(), Some(0));
}
