//! HOW-TO-RESTORE.html lies beside the archives: its commands, word for word, get everything back with stock programs.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{
    PASSPHRASE, Page, World, assert_same, missing_programs, picture_without, run, skipped, typing, with_names,
};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_commands_on_the_page_bring_everything_back() {
    let needed = ["age", "zstd", "tar", "python3", "sha256sum", "minisign", "bash"];
    let missing = missing_programs(&needed);
    if !missing.is_empty() {
        skipped("the commands of HOW-TO-RESTORE.html", &format!("not installed: {missing:?}"));
        return;
    }
    let world = World::with_sample(5_000_000);
    let mut files = Vec::new();
    let mut pictures = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    for (seed, level) in ["full", "daily", "hourly"].iter().enumerate() {
        if seed > 0 {
            let options = holdfast_sample::Mutate { percent: 2.0, seed: seed as u64 };
            holdfast_sample::mutate(&world.bot(), &options).unwrap();
        }
        let made = world.backup(level);
        files.push(PathBuf::from(made["path"].as_str().unwrap()));
        let paths = made["left_out"].as_array().unwrap().iter();
        left_out = paths.filter_map(|path| path.as_str()?.strip_prefix("bot/").map(str::to_owned)).collect();
        let without: Vec<&str> = left_out.iter().map(String::as_str).collect();
        pictures.push(picture_without(&world.bot(), &without));
    }
    let without: Vec<&str> = left_out.iter().map(String::as_str).collect();
    // Only the drive is left.
    fs::remove_dir_all(world.bot()).unwrap();
    fs::remove_dir_all(world.home()).unwrap();
    let page = Page::read(&world.drive().join("Holdfast/HOW-TO-RESTORE.html"));
    let person = world.path().join("person");
    let bash = |script: &str| {
        let mut command = Command::new("bash");
        world.surround(&mut command);
        command.args(["-euo", "pipefail", "-c", script]).current_dir(world.archives());
        run(&mut command).expect(0)
    };

    // 2. Open the recovery key.
    let open = page.block(&["age -d -o", "recovery-key.age"]);
    let open = open.replace("/PLACE/OF/THE/DRIVE", world.drive().to_str().unwrap());
    assert!(open.contains(world.archives().to_str().unwrap()), "{open}");
    let mut command = typing(&[("passphrase", PASSPHRASE)]);
    world.surround(&mut command);
    run(command.args(["bash", "-euc", &open])).expect(0);
    assert!(person.join("key.txt").is_file());

    // 3. Check.
    bash(page.block(&["sha256sum -c *.sha256"]));
    let intact = fs::read(&files[0]).unwrap();
    let mut damaged = intact.clone();
    damaged[5000] ^= 1;
    fs::write(&files[0], damaged).unwrap();
    let check =
        run(Command::new("bash").args(["-c", page.block(&["sha256sum -c *.sha256"])]).current_dir(world.archives()));
    assert!(check.code() != 0 && check.stdout.contains("FAILED"), "{check}");
    fs::write(&files[0], intact).unwrap();

    // 4. Restore: a full archive; a later moment.
    let restored = person.join("restored");
    let full = with_names(page.block_without(&["restore.py"], &["hourly"]), &files);
    let said = bash(&full);
    assert!(format!("{}{}", said.stdout, said.stderr).contains("Every checksum agreed"), "{said}");
    assert_same(&pictures[0], &picture_without(&restored.join("bot"), &without), "a full archive");
    fs::remove_dir_all(&restored).unwrap();
    bash(&with_names(page.block(&["restore.py", "hourly", "daily"]), &files));
    assert_same(&pictures[2], &picture_without(&restored.join("bot"), &without), "a later moment");
    fs::remove_dir_all(&restored).unwrap();

    // Without Python, and the signature.
    bash(&with_names(page.block(&["age -d -i", "zstd -dc", "tar -x", "~/restored"]), &files));
    assert!(restored.join("bot/data/webui.db").is_file());
    let key = fs::read_to_string(person.join("key.txt")).unwrap();
    let public = key.lines().find_map(|line| line.strip_prefix("# holdfast-signing-public:")).unwrap().trim();
    let check = page.block(&["minisign -V -P KEY"]).replace("KEY", public);
    bash(&format!("cd ~/restored; {check}"));
}
