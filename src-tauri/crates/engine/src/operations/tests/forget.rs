use crate::deployment;
use crate::durable::Lock;
use crate::operations::restore::{self, RestoreRequest, Scope, Target};
use crate::operations::test_support::World;
use crate::operations::{forget, undo};
use crate::vault::Secret;
use holdfast_domain::{Code, Level};

#[test]
fn what_this_machine_knows_goes_and_the_archives_stay() {
    let world = World::new();
    world.write("a", "a");
    let made = world.backup(Level::Full);
    let id = &world.profile.id;
    assert!(world.context.keyring.get(id, Secret::Identity).unwrap().is_some());
    {
        let _run = Lock::acquire(&world.context.home.locks(), "bot", "a backup").unwrap();
        assert_eq!(forget::plan(&world.context, &world.profile).unwrap_err().code(), Code::Locked);
    }
    let plan = forget::plan(&world.context, &world.profile).unwrap();
    assert!(plan.stays.key_beside_archives && plan.stays.places[0].archives == 1);
    forget::run(&world.context, plan).unwrap();
    for secret in [Secret::Identity, Secret::Signing] {
        assert!(world.context.keyring.get(id, secret).unwrap().is_none());
    }
    assert!(!world.context.home.keys(id).exists());
    assert_eq!(deployment::load_all(&world.context.home).unwrap().profiles, []);
    let catalog = world.catalog();
    assert!(catalog.archives().list(Some(id)).unwrap().is_empty());
    assert!(catalog.deployments().get(id).unwrap().is_none() && catalog.runs().recent(Some(id), 9).unwrap().is_empty());
    assert!(made.path.is_file() && world.archives().recovery_key().is_file() && world.root().join("a").is_file());
}

#[test]
fn while_a_restore_can_be_undone_nothing_is_forgotten() {
    let world = World::new();
    world.write("a", "a");
    let archive = world.backup(Level::Full).path;
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive,
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: false,
    };
    let (reading, job) = (world.reading(), world.job());
    let plan = restore::plan(&world.context, &reading, request, &job).unwrap();
    restore::run(&world.context, plan, &job).unwrap();
    let refused = forget::plan(&world.context, &world.profile).unwrap_err();
    assert!(refused.code() == Code::BadRequest && refused.cause().contains("undo --forget"), "{refused}");
    undo::forget(&world.context, &world.profile, &undo::ForgetRequest::default(), &job).unwrap();
    forget::plan(&world.context, &world.profile).unwrap();
}
