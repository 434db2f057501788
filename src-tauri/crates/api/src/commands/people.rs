use crate::{Answer, Note, Service};
use holdfast_domain::{DeploymentName, Outcome};
use holdfast_engine::operations::keys;
use holdfast_engine::vault::{self, Person};
use serde::Serialize;

/// Who can open new archives besides the deployment's own key.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PeopleAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// The deployment's own.
    pub recipient: String,
    pub people: Vec<Person>,
    /// Who came or went with this command.
    pub changed: Option<Person>,
    pub problems: Vec<Note>,
}

impl Service {
    pub fn people(&self, deployment: Option<&str>) -> Answer<PeopleAnswer> {
        let profile = self.profile(deployment)?;
        let public = self.context().vault(&profile.id)?.public()?;
        Ok(PeopleAnswer {
            outcome: Outcome::Done,
            deployment: profile.name,
            recipient: public.recipients.into_iter().next().unwrap_or_default(),
            people: public.people,
            changed: None,
            problems: Vec::new(),
        })
    }

    /// New archives are for this person too. Those that are there already stay closed to them.
    pub fn add_person(&self, deployment: Option<&str>, name: &str, recipient: &str) -> Answer<PeopleAnswer> {
        let profile = self.profile(deployment)?;
        self.let_go_of_keys();
        let changed = Some(keys::add_person(self.context(), &profile, name, recipient)?);
        Ok(PeopleAnswer { changed, ..self.people(Some(profile.name.as_str()))? })
    }

    /// By name or key. Archives that are there stay open to them.
    pub fn remove_person(&self, deployment: Option<&str>, who: &str) -> Answer<PeopleAnswer> {
        let profile = self.profile(deployment)?;
        self.let_go_of_keys();
        let changed = Some(keys::remove_person(self.context(), &profile, who)?);
        Ok(PeopleAnswer { changed, ..self.people(Some(profile.name.as_str()))? })
    }
}

/// Whether this is a key that archives can be sealed to; the key as age writes it. A secret key is refused and not
/// repeated.
pub fn parse_recipient(text: &str) -> Answer<String> {
    Ok(vault::parse_recipient(text)?)
}
