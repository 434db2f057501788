mod actions;
mod bisecting;
mod books;
mod cut;

use super::actions::{Hands, Outside};
use super::shelf::{Shelved, Source, parse};
use super::steps::{After, perform};
use super::{Incident, open, start};
use crate::error::Result;
use crate::operations::pick::pick;
use crate::operations::reading::Reading;
use crate::operations::test_support::World;
use holdfast_domain::Class;
use holdfast_domain::incident::{Event, Standing};
use std::path::{Path, PathBuf};

/// The keyring's keys, and archives as `pick` finds them.
struct Simple<'a>(&'a World);

impl Outside for Simple<'_> {
    fn archive(&self, at: &str, _: &[Class]) -> Result<PathBuf> {
        Ok(pick(&self.0.context, &self.0.catalog(), &self.0.profile, at)?.path())
    }
    fn reading(&self, _: &Path) -> Result<Reading> {
        Ok(self.0.reading())
    }
}

fn shelved(text: &str) -> Shelved {
    let runbook = parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Shelved { runbook, source: Source::BuiltIn, text: text.to_owned() }
}

/// A runbook of these steps; notes stand for the phases that have none.
fn book_of(steps: &str) -> Shelved {
    let mut text = "id = \"test\"\ntitle = \"Test\"\nsymptoms = [\"it is tested\"]\ntarget = \"1 h\"\n".to_owned();
    text.push_str(steps);
    for phase in ["detect", "assess", "contain", "recover", "verify", "learn"] {
        if !steps.contains(&format!("phase = \"{phase}\"")) {
            let step = format!(
                "[[step]]\nid = \"in-{phase}\"\nphase = \"{phase}\"\nkind = \"note\"\ntitle = \"N\"\ntext = \"N\"\n"
            );
            text.push_str(&step);
        }
    }
    shelved(&text)
}

fn begin(world: &World, book: &Shelved) -> Incident {
    start(&world.context, &world.profile, book, None).unwrap()
}

/// Does the next check or action with real hands.
fn go_on(world: &World, incident: &mut Incident) -> Result<Standing> {
    let outside = Simple(world);
    let hands = Hands { context: &world.context, profile: &world.profile, outside: &outside };
    perform(&world.context, &world.profile, incident, &hands, After::FindOut, &world.job())
}

fn told(incident: &Incident, step: &str) -> super::Done {
    let ended = incident.records.iter().rev().find_map(|record| match &record.event {
        Event::Ended { step: id, result, told, .. } if id == step => {
            Some(super::Done { result: *result, told: told.clone() })
        }
        _ => None,
    });
    ended.unwrap_or_else(|| panic!("{step} has not ended: {:#?}", incident.records))
}

fn again(world: &World, incident: &Incident) -> Incident {
    open(&world.context, &incident.id).unwrap()
}
