//! What lies there without running.
use super::{Fake, because};
use crate::deployment::fixtures::TREES;
use crate::deployment::{Destination, Profile, Root};
use crate::jobs::Job;
use crate::operations::discover::{Source, discover};
use holdfast_domain::{Code, DeploymentName};
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn every_known_chatbot_is_found_in_a_home() {
    for tree in TREES {
        let fake = Fake::new();
        let folder = fake.tree(tree.preset, "home/ann/apps/bot");
        let found = fake.only();
        let data: PathBuf = folder.join(tree.data).components().collect();
        assert_eq!((found.preset.as_str(), &found.data), (tree.preset, &data));
        assert!(found.survey.is_some() && found.running.is_empty() && found.protected_by.is_none());
        let lost: Vec<_> = found.problems.iter().filter(|it| it.code != Code::ServerNotCaptured).collect();
        assert!(lost.is_empty(), "{}: {lost:?}", tree.preset);
        // Nothing that the tree's secrets are in is left outside.
        let survey = found.survey.unwrap();
        assert!(survey.secrets.iter().all(|secret| !secret.outside), "{}: {:?}", tree.preset, survey.secrets);
    }
}

#[test]
fn a_secret_beside_the_data_becomes_a_root_of_its_own() {
    let fake = Fake::new();
    let folder = fake.tree("anythingllm", "opt/anything");
    let found = fake.only();
    assert_eq!(found.roots, [folder.join("storage"), folder.join(".env")]);
    let folder = Fake::new();
    let bot = folder.tree("personal-ai-chatbot", "srv/bot");
    assert_eq!(folder.only().roots, [bot], "the program around the data is its own");
}

#[test]
fn the_key_of_open_webui_is_looked_for_where_it_is_started() {
    let fake = Fake::new();
    let folder = fake.tree("open-webui", "home/ann/deep/owui");
    std::fs::remove_file(folder.join(".webui_secret_key")).unwrap();
    let found = fake.only();
    assert!(found.roots[0].ends_with("site-packages/open_webui/data"), "{:?}", found.roots);
    assert_eq!(found.problems.iter().map(|it| it.code).collect::<Vec<_>>(), [Code::SecretNotFound]);
    assert!(found.problems[0].cause.contains("sign in again"), "{:?}", found.problems);
    fake.write("home/ann/.webui_secret_key", "k");
    let found = fake.only();
    assert_eq!(found.roots[1], fake.at("home/ann/.webui_secret_key"));
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn default_places_are_looked_into() {
    let fake = Fake::new();
    fake.tree("n8n", "home/ann");
    fake.tree("ollama", "usr/share/ollama");
    let found = fake.look().candidates;
    let names: Vec<&str> = found.iter().map(|it| it.preset.as_str()).collect();
    assert_eq!(names, ["n8n", "ollama"]);
    assert!(found.iter().all(|it| it.evidence[0].by == Source::Place));
    assert_eq!(found[0].health_url.as_deref(), Some("http://127.0.0.1:5678/healthz"));
}

#[test]
fn the_same_machine_gives_the_same_list() {
    let fake = Fake::new();
    for preset in ["n8n", "sillytavern", "llm", "jan"] {
        fake.tree(preset, &format!("srv/{preset}"));
        fake.tree(preset, &format!("home/ann/{preset}"));
    }
    let ids = || fake.look().candidates.into_iter().map(|it| (it.id, it.name.to_string())).collect::<Vec<_>>();
    let first = ids();
    assert_eq!(first.len(), 8, "{first:?}");
    assert_eq!(first, ids());
    assert!(first.iter().any(|(_, name)| name == "n8n-2"), "{first:?}");
}

#[test]
fn nothing_is_found_and_where_was_looked_is_said() {
    let fake = Fake::new();
    fake.write("home/ann/notes/todo.txt", "x");
    let seen = fake.look();
    assert!(seen.candidates.is_empty() && seen.complete);
    for place in ["home/ann", "opt", "srv"] {
        assert!(seen.looked_in.contains(&fake.at(place)), "{:?}", seen.looked_in);
    }
}

#[test]
fn network_drives_and_the_kernels_folders_are_not_gone_into() {
    let fake = Fake::new();
    fake.tree("n8n", "srv/nas/bot");
    fake.tree("llm", "srv/here");
    let nas = fake.at("srv/nas");
    let mounts = format!("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:40 / {} rw - nfs4 nas:/x rw\n", nas.display());
    fake.write("proc/self/mountinfo", &mounts);
    assert_eq!(fake.only().preset, "llm");
    // Named by something that runs, it is told and still not looked into.
    fake.process(7, "node", &nas.join("bot"), &["node", "n8n"], &[], &[]);
    fake.write("etc/systemd/system/n8n.service", &format!("[Service]\nWorkingDirectory={}\n", nas.display()));
    let seen = fake.look();
    assert_eq!(seen.candidates.len(), 1);
    assert!(seen.problems.iter().any(|it| it.code == Code::NotLookedInto && it.cause.contains("nfs4")), "{seen:?}");
}

#[test]
fn what_is_protected_already_is_said() {
    let fake = Fake::new();
    let data = fake.tree("llm", "srv/llm");
    let mut profile = Profile::new(DeploymentName::new("llm").unwrap());
    profile.roots = Root::name_all(&[data]);
    profile.destinations = vec![Destination::folder(fake.at("drive"))];
    crate::deployment::create(&fake.context().home, &profile).unwrap();
    let found = fake.only();
    assert_eq!(found.protected_by.unwrap().as_str(), "llm");
    assert_eq!(found.name.as_str(), "llm-2", "the name is taken");
}

#[test]
fn looking_ends_with_its_time_and_can_be_cancelled() {
    let fake = Fake::new();
    fake.tree("llm", "srv/llm");
    fake.tree("n8n", "home/ann");
    let context = fake.context();
    let job = Job::silent(context.clock.clone());
    let mut machine = fake.machine();
    machine.time_limit = Duration::ZERO;
    let seen = discover(&context, &machine, &job).unwrap();
    assert!(!seen.complete);
    // What is found at once is listed, without its sizes.
    assert_eq!(seen.candidates[0].preset, "n8n");
    assert!(seen.candidates[0].survey.is_none());
    job.cancel();
    assert!(discover(&context, &fake.machine(), &job).unwrap_err().is_cancelled());
}

#[test]
fn units_tell_where_a_chatbot_works_and_where_its_keys_are() {
    let fake = Fake::new();
    let data = fake.at("data/owui");
    fake.write("data/owui/uploads/x", "x");
    std::fs::write(data.join("webui.db"), b"SQLite format 3\0").unwrap();
    fake.write("etc/owui/keys", "WEBUI_SECRET_KEY=sealed\n");
    let unit = format!(
        "[Unit]\nDescription=x\n[Service]\nWorkingDirectory=-{}\nEnvironment=\"DATA_DIR={}\"\nEnvironmentFile=-{}\n",
        fake.at("opt").display(),
        data.display(),
        fake.at("etc/owui/keys").display()
    );
    fake.write("etc/systemd/system/owui.service", &unit);
    let found = fake.only();
    assert_eq!(found.evidence[0].by, Source::Unit);
    assert!(because(&found).contains("owui.service sets DATA_DIR to"), "{}", because(&found));
    let unit = fake.at("etc/systemd/system/owui.service");
    assert_eq!(found.roots, [data, fake.at("etc/owui/keys"), unit]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert!(!format!("{found:?}").contains("sealed"), "no value of a key is kept");
}
