use super::super::actions::specs;
use super::super::{Source, book, shelf};
use super::*;
use holdfast_domain::runbook::{Does, Phase};

#[test]
fn those_that_come_with_holdfast_are_sound_and_complete() {
    let world = World::new();
    let shelf = shelf(&world.context.home).unwrap();
    assert_eq!(shelf.books.len(), 8);
    for book in &shelf.books {
        let runbook = &book.runbook;
        for phase in Phase::ALL {
            assert!(runbook.steps.iter().any(|step| step.phase == phase), "{} has no {phase:?}", runbook.id);
        }
        let first = &runbook.steps[0];
        assert_eq!(first.phase, Phase::Detect, "{} begins with {}", runbook.id, first.id);
        assert!(!runbook.checklists.before.is_empty() && !runbook.symptoms.is_empty(), "{}", runbook.id);
        for step in &runbook.steps {
            assert!(step.title.ends_with(['.', '?']), "{}: {}", runbook.id, step.title);
            // What changes what is live is never done without a step before it in which a person says yes.
            if let Does::Action { action, .. } = &step.does {
                assert!(specs().iter().any(|spec| spec.name == action), "{action}");
            }
        }
    }
}

#[test]
fn the_operators_own_go_before_and_a_broken_one_hides_no_other() {
    let world = World::new();
    let folder = world.context.home.runbooks();
    std::fs::create_dir_all(&folder).unwrap();
    let own = |id: &str| book_of("").text.replace("id = \"test\"", &format!("id = \"{id}\""));
    std::fs::write(folder.join("a.toml"), own("data-corruption")).unwrap();
    std::fs::write(folder.join("b.toml"), own("mine")).unwrap();
    std::fs::write(folder.join("c.toml"), "id = 3\n").unwrap();
    std::fs::write(folder.join("d.toml"), own("mine")).unwrap();
    std::fs::write(folder.join("notes.txt"), "not one").unwrap();
    std::fs::create_dir(folder.join("e.toml")).unwrap();
    let shelf = shelf(&world.context.home).unwrap();
    assert_eq!(shelf.books.len(), 9);
    assert_eq!(shelf.find("data-corruption").unwrap().source, Source::Own(folder.join("a.toml")));
    assert_eq!(shelf.find("mine").unwrap().source, Source::Own(folder.join("b.toml")));
    let broken: Vec<_> = shelf.broken.iter().map(|one| one.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(broken, ["c.toml", "d.toml", "e.toml"]);
    assert!(shelf.broken[1].faults[0].message.contains("mine is the id of"), "{:?}", shelf.broken[1]);
    assert!(book(&folder.join("absent.toml")).is_err());
}
