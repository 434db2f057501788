//! The real keyring: each case runs this test program again, as the only test, on a bus of its own
//! with a `gnome-keyring-daemon` whose home is a temporary folder.
#![allow(clippy::unwrap_used)]
use holdfast_engine::domain::{Code, DeploymentName};
use holdfast_engine::vault::{Given, KeySet, Keyring, Label, OsKeyring, Passphrase, Secret, SigningPlace, Vault, seal};
use holdfast_engine::{Home, Result};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Set in the inner run: the folder that the case works in.
const INNER: &str = "HOLDFAST_TEST_KEYRING_FOLDER";

/// Starts the daemon, runs the test, ends that daemon. `$UNLOCK` is `--unlock`, or empty: then
/// nobody gives it its password and what is stored stays locked.
const WITH_DAEMON: &str = r#"
    printf tide | gnome-keyring-daemon --foreground $UNLOCK --components=secrets >daemon.log 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
        gdbus call --session -d org.freedesktop.DBus -o / -m org.freedesktop.DBus.NameHasOwner \
            org.freedesktop.secrets 2>/dev/null | grep -q true && break
        sleep 0.05
    done
    "$@"; result=$?
    kill $daemon; wait $daemon
    exit $result
"#;

fn missing_program() -> Option<&'static str> {
    ["dbus-run-session", "gnome-keyring-daemon", "gdbus"]
        .into_iter()
        .find(|program| Command::new(program).arg("--help").output().is_err())
}

/// The command that runs one test of this program inside `folder`.
fn again(test: &str, folder: &Path, shell: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let inner = ["--exact", test, "--nocapture"];
    let mut command = match shell {
        Some(script) => {
            let mut command = Command::new("dbus-run-session");
            command.args(["--", "sh", "-c", script, "sh"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    let runtime = folder.join("runtime");
    std::fs::create_dir_all(&runtime).unwrap();
    command
        .args(inner)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("XDG_RUNTIME_DIR", runtime)
        .env(INNER, folder)
        .env("UNLOCK", "--unlock")
        .stdin(Stdio::null());
    command
}

fn passes(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "{said}\n{complained}");
}

fn inner() -> Option<std::path::PathBuf> {
    std::env::var_os(INNER).map(Into::into)
}

fn refused_soon<T: std::fmt::Debug>(what: impl FnOnce() -> Result<T>) -> String {
    let start = Instant::now();
    let error = what().unwrap_err();
    assert_eq!(error.code(), Code::KeyringUnavailable);
    assert!(start.elapsed() < Duration::from_secs(15), "{error}");
    error.cause().to_owned()
}

#[test]
fn an_unlocked_keyring_keeps_the_keys() {
    if let Some(folder) = inner() {
        let keyring = OsKeyring::new();
        assert_eq!(keyring.get("6f0c", Secret::Identity).unwrap(), None);
        keyring.set("6f0c", Secret::Identity, "one").unwrap();
        keyring.set("6f0c", Secret::Identity, "two").unwrap();
        keyring.set("6f0c", Secret::Signing, "three").unwrap();
        let kept = keyring.get("6f0c", Secret::Identity).unwrap().unwrap();
        assert_eq!(*kept, "two");
        assert_eq!(keyring.get("6f0d", Secret::Identity).unwrap(), None);
        keyring.delete("6f0c", Secret::Identity).unwrap();
        keyring.delete("6f0c", Secret::Identity).unwrap();
        assert_eq!(keyring.get("6f0c", Secret::Identity).unwrap(), None);
        assert!(keyring.get("6f0c", Secret::Signing).unwrap().is_some());

        let keys = KeySet::generate().unwrap();
        let label = Label {
            deployment: DeploymentName::new("chatbot").unwrap(),
            created: "2026-11-21T02:00:00Z".parse().unwrap(),
        };
        let sealed = seal(&keys, &label, &Passphrase::new("tide").unwrap(), Some(2)).unwrap();
        let home = Home::new(folder.join("holdfast"));
        let vault = Vault::open(&home, "aa11", Arc::new(keyring)).unwrap();
        let stored = vault.store_new(&keys, &sealed).unwrap();
        assert!(stored.identity_in_keyring);
        assert_eq!(stored.signing_in, SigningPlace::Keyring);
        let opened = vault.identity(&Given::default()).unwrap();
        assert_eq!(opened.recipient(), keys.recipient());
        assert!(opened.signing().is_some(), "{:?}", vault.signing_key().err());
        return;
    }
    if let Some(program) = missing_program() {
        println!("skipped: {program} is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "an_unlocked_keyring_keeps_the_keys";
    passes(again(test, folder.path(), Some(WITH_DAEMON)));
}

#[test]
fn a_locked_keyring_is_said_to_be_so_and_nothing_hangs() {
    if let Some(folder) = inner() {
        let keyring = OsKeyring::with_time_limit(Duration::from_secs(3));
        if !folder.join("stored").exists() {
            keyring.set("6f0c", Secret::Identity, "one").unwrap();
            std::fs::write(folder.join("stored"), "").unwrap();
            return;
        }
        let cause = refused_soon(|| keyring.get("6f0c", Secret::Identity));
        assert!(cause.contains("locked"), "{cause}");
        let cause = refused_soon(|| keyring.set("6f0c", Secret::Signing, "two"));
        assert!(cause.contains("locked"), "{cause}");
        return;
    }
    if let Some(program) = missing_program() {
        println!("skipped: {program} is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "a_locked_keyring_is_said_to_be_so_and_nothing_hangs";
    passes(again(test, folder.path(), Some(WITH_DAEMON)));
    assert!(folder.path().join("stored").exists());
    let mut command = again(test, folder.path(), Some(WITH_DAEMON));
    command.env("UNLOCK", "");
    passes(command);
}

#[test]
fn without_a_bus_the_keyring_is_said_to_be_absent() {
    if inner().is_some() {
        let keyring = OsKeyring::new();
        let cause = refused_soon(|| keyring.get("6f0c", Secret::Identity));
        assert!(cause.contains("no D-Bus"), "{cause}");
        refused_soon(|| keyring.set("6f0c", Secret::Identity, "one"));
        refused_soon(|| keyring.delete("6f0c", Secret::Identity));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "without_a_bus_the_keyring_is_said_to_be_absent";
    let mut command = again(test, folder.path(), None);
    let nowhere = format!("unix:path={}", folder.path().join("no-bus").display());
    command.env("DBUS_SESSION_BUS_ADDRESS", nowhere);
    passes(command);
}

#[test]
fn on_a_bus_without_a_secret_service_nothing_hangs() {
    if inner().is_some() {
        let keyring = OsKeyring::with_time_limit(Duration::from_secs(3));
        // The bus may start a daemon that was never set up; without one there is no keyring.
        refused_soon(|| keyring.set("6f0c", Secret::Identity, "one"));
        return;
    }
    if let Some(program) = missing_program() {
        println!("skipped: {program} is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "on_a_bus_without_a_secret_service_nothing_hangs";
    passes(again(test, folder.path(), Some("\"$@\"")));
}
