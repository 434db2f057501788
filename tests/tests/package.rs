//! The package: it is built, unpacked into a folder of its own, and what is in it runs from there.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, cannot_be_shown, wait_for};
use holdfast_tests::{World, run, run_for, skipped};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

#[test]
fn the_package_holds_all_that_a_desktop_needs_and_runs_from_another_place() {
    for program in ["dpkg-deb", "dpkg-shlibdeps"] {
        if Command::new(program).arg("--version").output().is_err() {
            return skipped("the package", &format!("there is no {program}"));
        }
    }
    // So that the script has nothing to build.
    let program = holdfast_tests::desktop();
    let target = program.parent().unwrap().parent().unwrap();
    let world = World::small();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/package");
    let out = world.path().join("package");
    let mut command = Command::new(script);
    command.arg("--debug").arg(&out).env("CARGO_TARGET_DIR", target);
    run_for(&mut command, Duration::from_mins(8)).expect(0);
    let package = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();

    let control = run(Command::new("dpkg-deb").arg("--info").arg(&package)).expect(0).stdout;
    for word in ["Package: holdfast", "libwebkit2gtk-4.1-0", "libgtk-3-0", "conffiles"] {
        assert!(control.contains(word), "{word}\n{control}");
    }
    let root = world.path().join("root");
    run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&root)).expect(0);
    for path in [
        "usr/share/applications/holdfast.desktop",
        "etc/xdg/autostart/holdfast.desktop",
        "usr/share/icons/hicolor/scalable/apps/holdfast.svg",
        "usr/share/icons/hicolor/128x128/apps/holdfast.png",
        "usr/share/man/man1/holdfast.1.gz",
        "usr/share/man/man1/holdfast-desktop.1.gz",
        "usr/share/bash-completion/completions/holdfast",
        "usr/share/zsh/vendor-completions/_holdfast",
        "usr/share/fish/vendor_completions.d/holdfast.fish",
        "usr/share/doc/holdfast/copyright",
    ] {
        assert!(fs::metadata(root.join(path)).is_ok_and(|file| file.len() > 0), "{path}");
    }
    let mut cli = Command::new(root.join("usr/bin/holdfast"));
    world.surround(&mut cli);
    run(cli.args(["--no-keyring", "backup"])).expect(0);

    if let Some(program) = cannot_be_shown() {
        return skipped("the packaged window", &format!("there is no {program}"));
    }
    let desktop = Desktop::new(world, Has { tray: true, ..Has::default() });
    let mut shown = Command::new(root.join("usr/bin/holdfast-desktop"));
    desktop.surround(&mut shown);
    let mut program = desktop.start_command(&mut shown);
    wait_for("the window is there", || desktop.windows() == ["Protected · Holdfast"]);
    desktop.tray().choose("Quit");
    assert_eq!(program.ending(), Some(0));
}
