//! The settings that go along inside archives, so that protection can resume on another machine.
use super::Profile;
use serde_json::Value;

impl Profile {
    /// As an archive carries them. Where archives are kept stays out: that is the business of the machine, and may name
    /// accounts.
    pub fn carried(&self) -> Option<Value> {
        let mut carried = self.clone();
        carried.destinations.clear();
        // Paths that are no text do not fit into JSON; without them the settings are found anew.
        serde_json::to_value(&carried).ok()
    }

    /// Reads what an archive carried. `None` for those of another version: they are found anew then. Has no destination
    /// yet, and is not validated.
    pub fn from_carried(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Destination, Root, Rule};
    use super::*;
    use holdfast_domain::{Class, DeploymentName};

    #[test]
    fn settings_come_along_without_the_places_of_archives() {
        let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
        profile.roots = Root::name_all(&["/srv/bot/data".into()]);
        profile.exclude = vec!["tmp/".to_owned()];
        profile.rules.push(Rule { pattern: "big/".to_owned(), root: None, class: Class::Recreatable });
        profile.destinations = vec![Destination::folder("/mnt/backup")];
        let carried = profile.carried().unwrap();
        assert!(!carried.to_string().contains("/mnt/backup"));
        let back = Profile::from_carried(&carried).unwrap();
        profile.destinations.clear();
        assert_eq!(back, profile);
        let mut newer = carried;
        newer["soup"] = Value::from("of the day");
        assert_eq!(Profile::from_carried(&newer), None);
    }
}
