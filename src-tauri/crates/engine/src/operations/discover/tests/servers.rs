use super::Fake;
use crate::operations::discover::servers_near;
use std::path::Path;

/// Each server, and by what it is known.
fn near(fake: &Fake, root: &Path) -> Vec<(String, String)> {
    let found = servers_near(&fake.machine(), &[root.to_owned()]);
    found.into_iter().map(|problem| (problem.subject, problem.cause)).collect()
}

#[test]
fn compose_files_beside_a_root_name_servers() {
    let fake = Fake::new();
    fake.write(
        "srv/chat/docker-compose.yml",
        "services:\n  web:\n    image: chat\n    environment:\n      VECTOR_DB: qdrant\n  db:\n    image: mongo:7\n  \
         ui:\n    image: mongo-express\n  cache:\n    image: redis:7\n  queue:\n    image: redis:7\n    volumes: [q:/data]\n",
    );
    fake.write("srv/chat/data/x", "x");
    let found = near(&fake, &fake.at("srv/chat/data"));
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["mongodb", "redis", "qdrant"], "{found:?}");
    assert!(found[0].1.contains("the service db") && found[1].1.contains("queue"), "{found:?}");
}

#[test]
fn settings_beside_a_root_and_units_that_work_there_name_servers() {
    let fake = Fake::new();
    fake.write("srv/a/.env", "# DATABASE_URL=mysql://x/y\nexport DATABASE_URL='postgresql://u:secret@db/x'\n");
    fake.write("srv/b/app/x", "x");
    fake.write(
        "etc/systemd/system/b.service",
        &format!(
            "[Service]\nWorkingDirectory={}\nEnvironment=MONGO_URI=mongodb://u:secret@h/x\n",
            fake.at("srv/b/app").display()
        ),
    );
    fake.write("etc/systemd/system/c.service", "[Service]\nWorkingDirectory=/other\nEnvironment=DB_TYPE=mysql\n");
    let found = near(&fake, &fake.at("srv/a"));
    assert_eq!((found.len(), found[0].0.as_str()), (1, "postgres"), "{found:?}");
    let unit = near(&fake, &fake.at("srv/b/app"));
    assert_eq!((unit.len(), unit[0].0.as_str()), (1, "mongodb"), "{unit:?}");
    assert!(unit[0].1.contains("b.service") && !format!("{found:?}{unit:?}").contains("secret"));
    // What lies in a home beside a root need not be its own.
    fake.write("home/ann/.env", "DATABASE_URL=postgres://x/y\n");
    fake.write("home/ann/bot/x", "x");
    assert!(near(&fake, &fake.at("home/ann/bot")).is_empty());
}
