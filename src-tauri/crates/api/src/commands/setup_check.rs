use super::settings::{FieldProblem, Found, patterns};
use crate::Service;
use holdfast_domain::DeploymentName;
use holdfast_engine::deployment;
use serde::{Deserialize, Serialize};

/// What a person types while a chatbot is set up.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SetupCheckArgs {
    pub name: String,
    /// Patterns as in `.gitignore`.
    pub exclude: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SetupCheck {
    /// Their fields are `name` and `exclude.0`, `exclude.1` and so on.
    pub problems: Vec<FieldProblem>,
    /// What was typed, or the nearest name that can be used and is free; `null` where nothing of it can.
    pub name: Option<DeploymentName>,
}

/// With `-2` to `-99` behind it where it is taken.
const LAST_NUMBER: usize = 99;

impl Service {
    /// Whether a set-up would take what was typed. Asked at each key: looks at nothing but the names of what is set up.
    pub fn check_setup(&self, args: &SetupCheckArgs) -> SetupCheck {
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
        patterns("exclude", &args.exclude, &mut found);
        SetupCheck { problems: found.0, name }
    }
}
