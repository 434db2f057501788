//! Compose files, volumes, and what containers have mounted.
use super::{Fake, because};
use crate::deployment::fixtures;
use crate::jobs::Job;
use crate::operations::discover::{Source, live_now};
use holdfast_domain::Code;
use std::fmt::Write;
use std::os::unix::fs::symlink;

const WEBUI: [&str; 2] = ["webui.db=sqlite", "uploads/x"];

#[test]
fn a_bind_mount_leads_to_the_data_and_the_env_file_comes_along() {
    let fake = Fake::new();
    fixtures::build(&fake.at("opt/stack/owui"), &WEBUI);
    fake.write("opt/stack/.env", "WEBUI_SECRET_KEY=s\nOWUI_DATA=./owui\nPORT=3000\n");
    fake.write(
        "opt/stack/docker-compose.yml",
        "x-common: &common\n  restart: always\nservices:\n  web:\n    <<: *common\n    image: ghcr.io/open-webui/open-webui:main\n    \
         ports: [\"127.0.0.1:${PORT}:8080\"]\n    volumes:\n      - ${OWUI_DATA:-./data}:/app/backend/data:rw\n  db:\n    \
         image: pgvector/pgvector:pg16\n    volumes: [pg:/var/lib/postgresql/data]\nvolumes:\n  pg:\n",
    );
    let found = fake.only();
    assert_eq!(found.evidence[0].by, Source::Compose);
    assert!(because(&found).contains("mounts it into the service web at /app/backend/data"), "{}", because(&found));
    let stack = fake.at("opt/stack");
    assert_eq!(found.roots, [stack.join("owui"), stack.join(".env"), stack.join("docker-compose.yml")]);
    assert_eq!(found.health_url.as_deref(), Some("http://127.0.0.1:3000/health"));
    assert_eq!((found.servers[0].kind.as_str(), found.servers[0].service.as_str()), ("postgres", "db"));
    let codes: Vec<Code> = found.problems.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::ServerNotCaptured], "{:?}", found.problems);
}

#[test]
fn named_volumes_are_found_where_container_engines_keep_them() {
    for store in ["var/lib/docker/volumes", "home/ann/.local/share/containers/storage/volumes"] {
        let fake = Fake::new();
        let data = fake.at(&format!("{store}/my-stack_owui/_data"));
        fixtures::build(&data, &WEBUI);
        fake.write(
            "srv/My-Stack/compose.yaml",
            "services:\n  web:\n    image: x\n    environment:\n      - WEBUI_SECRET_KEY=t0p\n    volumes:\n      - type: volume\n        \
             source: owui\n        target: /app/backend/data\nvolumes: {owui: {}}\n",
        );
        let found = fake.only();
        assert_eq!((found.preset.as_str(), &found.data), ("open-webui", &data));
        let by: Vec<Source> = found.evidence.iter().map(|it| it.by).collect();
        assert_eq!(by, [Source::Compose, Source::Volume]);
        assert_eq!(found.roots, [data, fake.at("srv/My-Stack/compose.yaml")]);
        assert!(found.problems.is_empty(), "the compose file sets the key: {:?}", found.problems);
    }
}

#[test]
fn volumes_are_named_as_compose_names_them() {
    let fake = Fake::new();
    let text = |volume: &str| {
        format!(
            "name: ${{NAME:-own}}\nservices:\n  n:\n    volumes: ['data:/home/node/.n8n']\nvolumes:\n  data:\n    {volume}\n"
        )
    };
    for (volume, name) in [("labels: []", "own_data"), ("external: true", "data"), ("name: kept", "kept")] {
        let data = format!("var/lib/docker/volumes/{name}/_data");
        fake.tree("n8n", &format!("{data}/x"));
        std::fs::rename(fake.at(&format!("{data}/x/.n8n/config")), fake.at(&format!("{data}/config"))).unwrap();
        fake.write("srv/n8n/compose.yml", &text(volume));
        let found = fake.look().candidates;
        let compose = found.iter().filter(|it| it.evidence[0].by == Source::Compose).count();
        assert_eq!(compose, 1, "{name}: {found:#?}");
        std::fs::remove_dir_all(fake.at("var/lib/docker/volumes")).unwrap();
    }
}

/// A container's process as the kernel shows it to the machine around it.
fn contained(fake: &Fake, pid: u32, mounts: &[(&str, &str)]) {
    fake.process(pid, "python3", &fake.at("opt"), &["python3", "-m", "open_webui"], &[], &[]);
    std::fs::remove_file(fake.at(&format!("proc/{pid}/ns/mnt"))).unwrap();
    symlink("mnt:[2]", fake.at(&format!("proc/{pid}/ns/mnt"))).unwrap();
    let root = "99 98 0:77 / / rw - overlay overlay rw\n".to_owned();
    let line = |(outer, inner): &(&str, &str)| {
        let outer = fake.at(outer);
        format!("100 99 8:1 {} {inner} rw - ext4 /dev/sda1 rw\n", outer.display())
    };
    let lines: String = mounts.iter().map(line).collect();
    fake.write(&format!("proc/{pid}/mountinfo"), &(root + &lines));
}

#[test]
fn a_running_container_shows_where_its_data_really_lies() {
    let fake = Fake::new();
    let data = fake.at("mnt/elsewhere");
    fixtures::build(&data, &["anythingllm.db=sqlite", "documents/a.json"]);
    fake.write("mnt/keys/anything.env", "SIG_KEY=a\nSIG_SALT=b\nJWT_SECRET=c\n");
    contained(&fake, 33, &[("mnt/elsewhere", "/app/server/storage"), ("mnt/keys/anything.env", "/app/server/.env")]);
    let found = fake.only();
    assert_eq!((found.preset.as_str(), &found.data), ("anythingllm", &data));
    assert!(because(&found).contains("mounted at /app/server/storage"), "{}", because(&found));
    assert_eq!(found.running, ["python3 (33)"]);
    assert_eq!(found.roots, [data, fake.at("mnt/keys/anything.env")], "the .env on its own mount comes along");
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn the_folder_of_a_compose_file_is_not_always_the_live_one() {
    let fake = Fake::new();
    // The script's default path holds an old copy; the file mounts another folder.
    fixtures::build(&fake.at("srv/bot/data"), &WEBUI);
    fixtures::build(&fake.at("mnt/big/webui"), &WEBUI);
    let live = fake.at("mnt/big/webui");
    let text = format!("services:\n  web:\n    volumes: ['{}:/app/backend/data']\n", live.display());
    fake.write("srv/bot/docker-compose.yml", &text);
    let job = Job::silent(fake.context().clock.clone());
    let said = live_now(&fake.machine(), &[fake.at("srv/bot/data")], Some("open-webui"), &job).unwrap();
    assert_eq!((said.len(), said[0].code), (1, Code::LiveElsewhere), "{said:?}");
    assert_eq!(said[0].subject, live.display().to_string());
    assert_eq!(live_now(&fake.machine(), &[live], Some("open-webui"), &job).unwrap(), []);
}

#[test]
fn a_compose_file_that_cannot_be_read_is_named_and_a_bomb_is_refused() {
    let fake = Fake::new();
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{below}]").unwrap();
    }
    fake.write("srv/bomb/compose.yml", &bomb);
    fake.write("srv/broken/compose.yml", "services: [\n");
    fake.write("srv/odd/compose.yml", "services:\n  a: 7\n  b: {volumes: 3, ports: [x, {target: y}], env_file: {}}\n");
    let seen = fake.look();
    assert!(seen.candidates.is_empty());
    let named: Vec<_> = seen.problems.iter().map(|it| it.subject.clone()).collect();
    let expected = ["srv/bomb/compose.yml", "srv/broken/compose.yml"].map(|path| fake.at(path).display().to_string());
    assert_eq!(named, expected, "{:?}", seen.problems);
}

#[test]
fn data_that_this_user_may_not_look_into_is_named_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        println!("skipped: data that may not be looked into (root may look into everything)");
        return;
    }
    let fake = Fake::new();
    let data = fake.at("mnt/closed");
    fixtures::build(&data, &WEBUI);
    fake.write(
        "srv/owui/compose.yml",
        &format!("services: {{w: {{volumes: ['{}:/app/backend/data']}}}}\n", data.display()),
    );
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o000)).unwrap();
    let found = fake.only();
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!((found.preset.as_str(), found.roots), ("open-webui", vec![data]));
    assert!(found.survey.is_none());
    assert_eq!(found.problems[0].code, Code::PermissionDenied);
}
