use super::settings::{FieldProblem, Found, patterns};
use crate::{Answer, Failure, Service};
use holdfast_domain::{Code, DeploymentName};
use holdfast_engine::deployment::{self, Profile, Root};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a person types while a chatbot is set up.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SetupCheckArgs {
    pub name: String,
    /// Patterns as in `.gitignore`.
    pub exclude: Vec<String>,
    /// What the patterns are of; without them, only whether they can be understood is said.
    #[serde(default)]
    #[ts(as = "Option<Vec<PathBuf>>", optional)]
    pub roots: Vec<PathBuf>,
    #[serde(default)]
    #[ts(optional)]
    pub preset: Option<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SetupCheck {
    /// Their fields are `name` and `exclude.0`, `exclude.1` and so on.
    pub problems: Vec<FieldProblem>,
    /// What was typed, or the nearest name that can be used and is free; `null` where nothing of it can.
    pub name: Option<DeploymentName>,
    /// What a restore would be sorely without: their fields are those of the patterns that leave it out.
    pub warnings: Vec<FieldProblem>,
}

/// With `-2` to `-99` behind it where it is taken.
const LAST_NUMBER: usize = 99;

impl Service {
    /// Whether a set-up would take what was typed. Asked at each key: where there are patterns, looks through the roots for
    /// some two seconds at most; the one that is asked next ends this one (`Code::Cancelled`).
    pub fn check_setup(&self, args: &SetupCheckArgs) -> Answer<SetupCheck> {
        let mut found = Found(Vec::new());
        let typed = args.name.trim();
        let taken = |name: &DeploymentName| deployment::path_of(&self.context().home, name).exists();
        let near = DeploymentName::near(typed).and_then(|near| {
            let numbered = (2..=LAST_NUMBER).filter_map(|number| DeploymentName::new(format!("{near}-{number}")).ok());
            std::iter::once(near.clone()).chain(numbered).find(|name| !taken(name))
        });
        let good = DeploymentName::new(typed);
        match &good {
            Err(e) => {
                let next_step = "Small letters, digits, - and . are taken; the first is a letter or a digit.";
                found.add("name", typed, e.rule(), next_step);
            }
            Ok(name) if taken(name) => {
                let title = format!("{name} is protected already.");
                found.add("name", typed, title, "Write another name.");
            }
            Ok(_) => {}
        }
        let name = if found.0.is_empty() { good.ok() } else { near };
        let exclude = patterns("exclude", &args.exclude, &mut found);
        let placeholder = DeploymentName::new("setup").map_err(|e| Failure::new(Code::Internal, "setup", e))?;
        let mut profile = Profile::new(placeholder);
        profile.id.clear();
        profile.roots = Root::name_all(&args.roots);
        profile.preset.clone_from(&args.preset);
        profile.exclude = if args.roots.is_empty() { Vec::new() } else { exclude };
        let effects = self.exclude_effects(&profile, &args.exclude, &mut found.0)?;
        Ok(SetupCheck { problems: found.0, name, warnings: effects.warnings })
    }
}
