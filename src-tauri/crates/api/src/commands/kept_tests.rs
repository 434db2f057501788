//! What opened the archives is kept for a while, where no keyring holds the key.
use super::tests::{Hand, PASSPHRASE, World, service_at};
use crate::{Answer, CheckArgs, Code, Keys, KeysGiven, Service, SetupArgs, TextAnswer, TextArgs};
use holdfast_engine::operations::keys::TypedBack;
use holdfast_engine::vault::{KeySet, NoKeyring, Passphrase};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

const KEPT: u64 = 600;

struct Scene {
    world: World,
    clock: Arc<Hand>,
    service: Service,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.backup(None);
        let clock = Arc::new(Hand::default());
        let service = service_at(&world.folder().join("home"), Arc::new(NoKeyring), clock.clone());
        Self { world, clock, service: service.keeping_keys(Duration::from_secs(KEPT)) }
    }

    fn look(&self, deployment: &str, keys: Keys) -> Answer<TextAnswer> {
        self.service.preview_text(&TextArgs {
            deployment: Some(deployment.to_owned()),
            archive: "latest".to_owned(),
            path: "data/a.txt".to_owned(),
            compare: None,
            limit_bytes: 100,
            keys,
        })
    }

    fn type_in(&self) {
        self.look("bot", typed(PASSPHRASE)).unwrap();
    }

    #[track_caller]
    fn asks(&self) {
        assert_eq!(self.look("bot", Keys::default()).unwrap_err().code, Code::KeyNeeded);
    }

    #[track_caller]
    fn does_not_ask(&self) {
        self.look("bot", Keys::default()).unwrap();
    }
}

fn typed(passphrase: &str) -> Keys {
    let passphrase = Some(passphrase.to_owned().into());
    KeysGiven { passphrase, ..KeysGiven::default() }.into()
}

#[test]
fn what_was_typed_once_is_not_asked_for_again_for_ten_minutes() {
    let scene = Scene::new();
    scene.asks();
    assert_eq!(scene.look("bot", typed("wrong")).unwrap_err().code, Code::WrongPassphrase);
    scene.asks();
    scene.type_in();
    scene.does_not_ask();
    scene.clock.pass(KEPT - 1);
    scene.does_not_ask();
    // From when it was typed, not from when it was used.
    scene.clock.pass(1);
    scene.asks();

    // A machine that slept.
    scene.type_in();
    scene.clock.sleep(KEPT as i64);
    scene.asks();
    scene.type_in();
    scene.clock.sleep(-3600);
    scene.asks();

    scene.type_in();
    scene.service.let_go_of_old_keys();
    scene.does_not_ask();
    scene.service.let_go_of_keys();
    scene.asks();
}

#[test]
fn a_key_that_opens_nothing_here_is_not_kept() {
    let scene = Scene::new();
    let other = KeySet::generate().unwrap().identity_lines();
    let identity = Some(other.into());
    let failure = scene.look("bot", KeysGiven { identity, ..KeysGiven::default() }.into()).unwrap_err();
    assert_eq!(failure.code, Code::WrongKey);
    scene.asks();
}

#[test]
fn another_deployment_or_a_change_of_keys_lets_go_of_it() {
    let scene = Scene::new();
    let data = scene.world.folder().join("second/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("a.txt"), "one").unwrap();
    let args = SetupArgs {
        name: Some("second".to_owned()),
        roots: vec![data],
        destination: Some(scene.world.folder().join("archives")),
        ..SetupArgs::default()
    };
    let planned = scene.service.plan_setup(args, &scene.world.job).unwrap();
    scene.service.setup(planned, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
    scene.world.backup_of("second");
    scene.type_in();
    assert_eq!(scene.look("second", Keys::default()).unwrap_err().code, Code::KeyNeeded);
    scene.asks();

    scene.type_in();
    let (old, new) = (Passphrase::new(PASSPHRASE).unwrap(), Passphrase::new("lantern quarry ribbon oatmeal").unwrap());
    scene.service.change_passphrase(Some("bot"), &old, &new).unwrap();
    scene.asks();

    // A rotation by another program is seen too.
    scene.look("bot", typed("lantern quarry ribbon oatmeal")).unwrap();
    let elsewhere = service_at(&scene.world.folder().join("home"), Arc::new(NoKeyring), scene.clock.clone());
    let planned = elsewhere.plan_rotation(Some("bot"), false).unwrap();
    elsewhere.rotate(planned, &new).unwrap();
    scene.asks();
}

#[test]
fn the_kit_shows_the_key_and_asks_each_time() {
    let scene = Scene::new();
    scene.type_in();
    let failure = scene.service.kit(Some("bot"), &crate::KitPlace::Hand, &Keys::default()).unwrap_err();
    assert_eq!(failure.code, Code::KeyNeeded);
    let typed = TypedBack::Groups(vec![(1, "AAAA".to_owned().into())]);
    let args = CheckArgs { deployment: Some("bot".to_owned()), typed, keys: Keys::default() };
    assert_eq!(scene.service.check_kit(&args).unwrap_err().code, Code::KeyNeeded);
}

#[test]
fn a_program_that_does_not_stay_keeps_nothing() {
    let scene = Scene::new();
    let home = scene.world.folder().join("home");
    let scene = Scene { service: service_at(&home, Arc::new(NoKeyring), scene.clock.clone()), ..scene };
    scene.type_in();
    scene.asks();
}
