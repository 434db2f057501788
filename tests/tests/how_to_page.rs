//! HOW-TO-RESTORE.html lies beside the archives: its commands, word for word, get everything back with stock programs.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{PASSPHRASE, World, assert_same, picture_without, run, skipped};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Types the passphrase when the program on the terminal asks for it.
const TYPIST: &str = r#"
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
text, typed, until = b"", False, time.time() + 60
while time.time() < until:
    ready, _, _ = select.select([fd], [], [], 1)
    if not ready:
        continue
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    text += part
    if not typed and b"passphrase" in text:
        os.write(fd, sys.argv[1].encode() + b"\n")
        typed = True
_, status = os.waitpid(pid, 0)
sys.stderr.write(text.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(status) if typed else 99)
"#;

/// The commands on the page, one block after another, as a reader would copy them.
fn blocks(page: &str) -> Vec<String> {
    let inside = |block: &str| block.split("</code></pre>").next().unwrap().to_owned();
    let plain =
        |text: String| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    page.split("<pre><code>").skip(1).map(inside).map(plain).collect()
}

/// The one block in which these words stand.
#[track_caller]
fn block<'a>(blocks: &'a [String], words: &[&str]) -> &'a str {
    let fitting: Vec<&String> = blocks.iter().filter(|block| words.iter().all(|word| block.contains(word))).collect();
    assert!(!fitting.is_empty(), "the page has no command with {words:?}: {blocks:#?}");
    fitting[0]
}

/// The names of the examples on the page, replaced by those of files that are there.
fn with_names(block: &str, files: &[PathBuf]) -> String {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let of = |level: &str| files.iter().find(|path| name(path).contains(level)).map(|path| name(path));
    let mut words: Vec<String> = block.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let ending = word.strip_suffix(".tar.zst.age").is_some() && word.starts_with("bot_");
        let level = ["hourly", "daily", "full"].into_iter().find(|level| word.contains(level));
        if let (true, Some(level)) = (ending, level) {
            *word = of(level).unwrap_or_else(|| panic!("no archive for {word}"));
        }
    }
    words.join(" ")
}

fn find(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

#[test]
fn the_commands_on_the_page_bring_everything_back() {
    let needed = ["age", "zstd", "tar", "python3", "sha256sum", "minisign", "bash"];
    let missing: Vec<_> = needed.iter().filter(|name| !find(name)).collect();
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
    let page = fs::read_to_string(world.drive().join("Holdfast/HOW-TO-RESTORE.html")).unwrap();
    let blocks = blocks(&page);
    let person = world.path().join("person");
    let bash = |script: &str| {
        let mut command = Command::new("bash");
        world.surround(&mut command);
        command.args(["-euo", "pipefail", "-c", script]).current_dir(world.archives());
        run(&mut command).expect(0)
    };

    // 2. Open the recovery key.
    let open = block(&blocks, &["age -d -o", "recovery-key.age"]);
    let open = open.replace("/PLACE/OF/THE/DRIVE", world.drive().to_str().unwrap());
    assert!(open.contains(world.archives().to_str().unwrap()), "{open}");
    let mut command = Command::new("python3");
    world.surround(&mut command);
    run(command.args(["-c", TYPIST, PASSPHRASE, "bash", "-euc", &open])).expect(0);
    assert!(person.join("key.txt").is_file());

    // 3. Check.
    bash(block(&blocks, &["sha256sum -c *.sha256"]));
    let intact = fs::read(&files[0]).unwrap();
    let mut damaged = intact.clone();
    damaged[5000] ^= 1;
    fs::write(&files[0], damaged).unwrap();
    let check = run(Command::new("bash")
        .args(["-c", block(&blocks, &["sha256sum -c *.sha256"])])
        .current_dir(world.archives()));
    assert!(check.code() != 0 && check.stdout.contains("FAILED"), "{check}");
    fs::write(&files[0], intact).unwrap();

    // 4. Restore: a full archive; a later moment.
    let restored = person.join("restored");
    let full = with_names(blocks.iter().find(|b| b.contains("restore.py") && !b.contains("hourly")).unwrap(), &files);
    let said = bash(&full);
    assert!(format!("{}{}", said.stdout, said.stderr).contains("Every checksum agreed"), "{said}");
    assert_same(&pictures[0], &picture_without(&restored.join("bot"), &without), "a full archive");
    fs::remove_dir_all(&restored).unwrap();
    bash(&with_names(block(&blocks, &["restore.py", "hourly", "daily"]), &files));
    assert_same(&pictures[2], &picture_without(&restored.join("bot"), &without), "a later moment");
    fs::remove_dir_all(&restored).unwrap();

    // Without Python, and the signature.
    bash(&with_names(block(&blocks, &["age -d -i", "zstd -dc", "tar -x", "~/restored"]), &files));
    assert!(restored.join("bot/data/webui.db").is_file());
    let key = fs::read_to_string(person.join("key.txt")).unwrap();
    let public = key.lines().find_map(|line| line.strip_prefix("# holdfast-signing-public:")).unwrap().trim();
    let check = block(&blocks, &["minisign -V -P KEY"]).replace("KEY", public);
    bash(&format!("cd ~/restored; {check}"));
}
