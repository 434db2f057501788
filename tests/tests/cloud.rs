//! Copies in the cloud through the program: added, copied, read, restored from; and what it says when that fails.
#![allow(clippy::unwrap_used)]
use holdfast_sample::Snapshot;
use holdfast_test_cloud::{ACCESS_KEY, BUCKET, Fault, Proxy, SECRET_KEY, Service};
use holdfast_tests::{World, assert_same, picture_without};
use std::fs;
use std::path::Path;

const BYTES: u64 = 12_000_000;

struct Sky {
    world: World,
    service: Service,
    proxy: Proxy,
}

impl Sky {
    /// A deployment with an archive, and a service with an empty bucket.
    fn new() -> Self {
        let world = World::with_sample(BYTES);
        world.backup("full");
        let service = Service::start();
        let proxy = Proxy::before(service.address());
        Self { world, service, proxy }
    }

    fn add(&self) {
        let file = self.service.credentials_file(self.world.path());
        let to = format!("s3://{BUCKET}/mine");
        let endpoint = self.proxy.endpoint();
        let add = ["destination", "add", "Sky", "--to", &to, "--endpoint", &endpoint, "--credentials-file"];
        let added = self.world.json(add.iter().copied().map(Path::new).chain([file.as_path()])).done();
        assert_eq!(added["destination"]["kind"], "cloud");
    }

    /// The first archive's address.
    fn address(&self) -> String {
        let key = self.service.objects().into_iter().find(|key| key.ends_with(".tar.zst.age")).unwrap();
        format!("s3://{BUCKET}/{key}")
    }

    /// Whatever the program wrote on this machine.
    fn assert_secret_nowhere(&self) {
        let credentials = self.world.path().join("credentials");
        for file in files(self.world.path()).into_iter().filter(|file| *file != credentials) {
            let content = fs::read(&file).unwrap_or_default();
            let found = content.windows(SECRET_KEY.len()).any(|bytes| bytes == SECRET_KEY.as_bytes());
            assert!(!found, "the secret is in {}", file.display());
        }
    }
}

/// What archives hold: caches and model weights are not among it.
fn kept(bot: &Path) -> Snapshot {
    picture_without(bot, &["data/cache", "data/models/tiny-chat.Q4_K_M.gguf", "data/models/tiny-embed.F16.gguf"])
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().map(|item| item.unwrap().path());
    items.flat_map(|path| if path.is_dir() && !path.is_symlink() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_rotted_in_the_cloud_is_found_by_shares_and_copied_again() {
    let sky = Sky::new();
    let world = &sky.world;
    sky.add();
    world.json(["copy"]).done();
    let settings = fs::read_to_string(world.settings()).unwrap();
    let of_sky = settings.find("s3://").unwrap();
    let line = of_sky + settings[of_sky..].find('\n').unwrap() + 1;
    let (before, after) = settings.split_at(line);
    fs::write(world.settings(), format!("{before}read_daily_bytes = 3000000\n{after}")).unwrap();
    let key = sky.service.objects().into_iter().find(|key| key.ends_with(".tar.zst.age")).unwrap();
    let object = sky.service.object(&key);
    let good = fs::read(&object).unwrap();
    assert!(good.len() > 3_000_000, "{}", good.len());
    let mut rotten = good.clone();
    *rotten.last_mut().unwrap() ^= 1;
    fs::write(&object, rotten).unwrap();
    let catalog = rusqlite::Connection::open(world.catalog()).unwrap();
    let days_pass = |table: &str, column: &str, days: i64| {
        let by = days * 86_400 * 1_000_000_000;
        catalog.execute(&format!("UPDATE {table} SET {column} = {column} - ?1"), [by]).unwrap();
    };
    days_pass("copies", "verified_at", 15);
    let mut days = 0;
    let found = loop {
        days += 1;
        assert!(days < 20, "it is never found");
        let read = world.json(["verify", "--due"]).json();
        let sky_read = &read["places"][0];
        assert_eq!(sky_read["name"], "Sky", "{read}");
        assert!(sky_read["bytes"].as_u64().unwrap() <= 3_000_000, "{read}");
        if read["outcome"] != "done" {
            break read;
        }
        let at_once = world.json(["verify", "--due"]).done();
        assert_eq!(at_once["places"], serde_json::json!([]), "a day's share is a day's share: {at_once}");
        days_pass("turns", "at", 1);
    };
    assert_eq!(days, good.len().div_ceil(3_000_000), "{found}");
    assert_eq!((&found["outcome"], &found["repaired"][0]["place"]), (&"problems".into(), &"Sky".into()), "{found}");
    assert!(fs::read(&object).unwrap() == good);
    // The only good one is far away: it is fetched.
    let archive = world.archive_files().into_iter().next().unwrap();
    let mut rotten = good.clone();
    rotten[1_000_000] ^= 1;
    fs::write(&archive, rotten).unwrap();
    days_pass("archives", "verified_at", 15);
    days_pass("turns", "at", 1);
    let found = world.json(["verify", "--due"]).outcome(3, "problems");
    assert_eq!(found["repaired"][0]["place"], "drive", "{found}");
    assert!(fs::read(&archive).unwrap() == good);
    // A line that is down is no damage, and is asked again later.
    days_pass("copies", "verified_at", 15);
    days_pass("turns", "at", 1);
    sky.proxy.fail(|_| Some(Fault::Answer { status: 503, body: String::new() }));
    world.json(["verify", "--due"]).done();
    assert_eq!(world.json(["status"]).json()["deployments"][0]["state"], "protected");
}

#[test]
fn copies_go_to_the_cloud_and_the_chatbot_comes_back_from_there() {
    let sky = Sky::new();
    let world = &sky.world;
    sky.add();
    world.json(["copy"]).done();
    let archives = sky.service.objects();
    assert_eq!(archives.len(), 5, "{archives:?}");
    fs::write(world.bot().join("late.txt"), "after the full archive").unwrap();
    // A backup copies by itself what is due.
    world.backup("hourly");
    assert_eq!(sky.service.objects().len(), 7);
    let standing = world.json(["destination", "list"]).done();
    assert_eq!(standing["destinations"][1]["archives"], 2);
    assert_eq!(standing["destinations"][1]["due"], 0);
    sky.assert_secret_nowhere();

    let before = kept(&world.bot());
    // The house is gone, with all that was in it but Holdfast's own folder.
    fs::remove_dir_all(world.drive().join("Holdfast")).unwrap();
    fs::remove_dir_all(world.bot()).unwrap();
    sky.proxy.take_asked();
    let shown = world.keyed(["--stats", "show", "latest"]).done();
    assert!(shown["path"].as_str().is_some_and(|path| path.starts_with("s3://")), "{shown}");
    let into = world.path().join("back");
    world.keyed([Path::new("restore"), Path::new("--into"), &into, Path::new("--yes")]).done();
    assert_same(&before, &kept(&into.join("bot")), "from the cloud");
}

#[test]
fn an_archive_is_read_by_its_address_with_nothing_set_up() {
    let sky = Sky::new();
    sky.add();
    sky.world.json(["copy"]).done();
    let address = sky.address();
    let fresh = World::empty();
    fs::copy(sky.world.identity_file(), fresh.identity_file()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = fresh.keyed_command();
        command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        command.env("AWS_ENDPOINT_URL", sky.proxy.endpoint());
        holdfast_tests::run(command.args(arguments))
    };
    sky.proxy.take_asked();
    run(&["show", &address]).done();
    let fetched: u64 = sky.proxy.take_asked().iter().filter_map(|asked| asked.range).map(|(from, to)| to - from).sum();
    assert!(fetched < BYTES / 3, "a list took {fetched} bytes");
    run(&["verify", "--full", &address]).done();
    let into = fresh.path().join("back");
    run(&["restore", "--at", &address, "--into", into.to_str().unwrap(), "--yes"]).done();
    assert_same(&kept(&sky.world.bot()), &kept(&into.join("bot")), "by its address");
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do_and_without_the_secret() {
    let sky = Sky::new();
    let world = &sky.world;
    let wrong = world.path().join("wrong");
    fs::write(&wrong, format!("access_key={ACCESS_KEY}\nsecret_key=undertow\n")).unwrap();
    let endpoint = sky.proxy.endpoint();
    let to = format!("s3://{BUCKET}/mine");
    let wrong = wrong.to_str().unwrap();
    let add = |more: &[&'static str], to: &str, file: &str| {
        let fixed = ["destination", "add", "Sky", "--to", to, "--endpoint", &endpoint, "--credentials-file", file];
        fixed
            .iter()
            .map(|word| (*word).to_owned())
            .chain(more.iter().map(|word| (*word).to_owned()))
            .collect::<Vec<_>>()
    };
    world.refused(add(&[], &to, wrong), 1, "access-refused");
    let right = sky.service.credentials_file(world.path());
    world.refused(add(&[], "s3://nowhere", right.to_str().unwrap()), 1, "bucket-missing");
    world.refused(add(&[], "s3://", right.to_str().unwrap()), 1, "bad-settings");
    world.refused(["destination", "add", "--to", "s3://x", "--endpoint", "http://192.0.2.1"], 1, "bad-settings");
    world.refused(["destination", "add", "--to", &to], 1, "access-refused");
    world.refused(["destination", "add", "--to", "/mnt", "--region", "x"], 2, "bad-request");
    assert!(sky.service.objects().is_empty());

    sky.add();
    // The line is down: the backup stands, and says that a copy is due.
    sky.proxy.fail(|_| Some(Fault::Answer { status: 503, body: "<Error><Code>SlowDown</Code></Error>".to_owned() }));
    let copied = world.json(["copy"]);
    let said = format!("{copied}");
    assert!(said.contains("copy-due") && !said.contains(SECRET_KEY), "{said}");
    sky.proxy.heal();
    world.json(["copy"]).done();
    sky.assert_secret_nowhere();
}
