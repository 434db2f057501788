//! What runs.
use super::{Fake, because};
use crate::deployment::fixtures;
use crate::jobs::Job;
use crate::operations::discover::{Source, live_now};
use holdfast_domain::Code;
use std::path::PathBuf;

fn listening(fake: &Fake, pid: u32, port: u16) {
    let line = format!("  0: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 777 1\n");
    fake.write("proc/self/net/tcp", &format!("  sl  local_address rem_address st\n{line}"));
    std::os::unix::fs::symlink("socket:[777]", fake.at(&format!("proc/{pid}/fd/90"))).unwrap();
}

#[test]
fn a_process_is_found_by_the_database_that_it_has_open() {
    let fake = Fake::new();
    let data = fake.at("mnt/disk/somewhere");
    fixtures::build(&data, &["webui.db=sqlite", "uploads/x", "vector_db/chroma.sqlite3=sqlite"]);
    fake.write("mnt/start/.webui_secret_key", "k");
    let open = [data.join("vector_db/chroma.sqlite3"), data.join("webui.db")];
    fake.process(4711, "open-webui", &fake.at("mnt/start"), &["/usr/bin/python3"], &[], &open);
    listening(&fake, 4711, 8123);
    let found = fake.only();
    assert_eq!((found.preset.as_str(), &found.data), ("open-webui", &data));
    assert_eq!(found.evidence[0].by, Source::Process);
    assert_eq!(found.running, ["open-webui (4711)"]);
    assert_eq!(found.health_url.as_deref(), Some("http://127.0.0.1:8123/health"));
    assert_eq!(found.roots, [data, fake.at("mnt/start/.webui_secret_key")]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn command_lines_and_environments_tell_folders_and_never_secrets() {
    let fake = Fake::new();
    let data = fake.at("mnt/data");
    fixtures::build(&data, &["webui.db=sqlite", "uploads/x"]);
    let told = format!("DATA_DIR={}", data.display());
    let environment = [told.as_str(), "WEBUI_SECRET_KEY=hunter2hunter2", "OPENAI_API_KEY=sk-hunter2"];
    fake.process(12, "python3", &fake.at("mnt"), &["python3", "--token=hunter2"], &environment, &[]);
    let found = fake.only();
    assert!(because(&found).contains("is told by DATA_DIR to use"), "{}", because(&found));
    let missing = &found.problems[0];
    assert_eq!(missing.code, Code::SecretNotFound);
    assert!(missing.cause.contains("python3 (12) has it in its environment"), "{missing:?}");
    assert!(!format!("{found:?}").contains("hunter2"));

    let fake = Fake::new();
    let bot = fake.tree("personal-ai-chatbot", "mnt/bot");
    fake.process(13, "python3", &bot, &["python3", "main.py"], &[], &[]);
    let found = fake.only();
    assert_eq!((found.preset.as_str(), found.roots), ("personal-ai-chatbot", vec![bot]));
}

#[test]
fn a_shell_in_the_folder_is_not_the_chatbot() {
    let fake = Fake::new();
    let bot = fake.tree("llm", "srv/llm");
    fake.process(9, "bash", &bot, &["bash"], &[], &[]);
    fake.process(10, "holdfast", &bot, &["holdfast", "setup"], &[], &[bot.join("logs.db")]);
    let found = fake.only();
    assert_eq!(found.running, [""; 0]);
    assert_eq!(found.evidence[0].by, Source::Folder);
}

#[test]
fn a_virtual_environment_is_found_by_the_program_in_it() {
    let fake = Fake::new();
    let folder = fake.tree("open-webui", "mnt/owui");
    fake.write("mnt/owui/venv/pyvenv.cfg", "home = /usr/bin\n");
    fake.write("mnt/owui/venv/bin/open-webui", "#!");
    let program = folder.join("venv/bin/open-webui");
    fake.process(5, "open-webui", &fake.at("home/ann"), &[program.to_str().unwrap(), "serve"], &[], &[]);
    let found = fake.only();
    assert_eq!(found.data, folder.join(fixtures::tree("open-webui").data));
    assert_eq!(found.running.len(), 1);
}

#[test]
fn what_is_live_elsewhere_is_said_before_the_wrong_folder_is_protected() {
    let fake = Fake::new();
    let wrong = fake.at("srv/bot/data");
    let live = fake.at("mnt/live");
    fixtures::build(&wrong, &["webui.db=sqlite", "uploads/x"]);
    fixtures::build(&live, &["webui.db=sqlite", "uploads/x"]);
    fake.process(21, "python3", &fake.at("srv/bot"), &["python3", "app.py"], &[], &[live.join("webui.db")]);
    let machine = fake.machine();
    let job = Job::silent(fake.context().clock.clone());
    let problems = |roots: &[PathBuf]| live_now(&machine, roots, Some("open-webui"), &job).unwrap();
    let said = problems(std::slice::from_ref(&wrong));
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!((said[0].code, said[0].subject.as_str()), (Code::LiveElsewhere, live.to_str().unwrap()));
    assert!(said[0].cause.contains("webui.db open"), "{said:?}");
    assert_eq!(problems(&[wrong, live]), []);
    assert_eq!(problems(&[fake.at("opt")]), [], "what has nothing to do with it is not told");
}
