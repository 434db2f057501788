//! Trusted people: new archives are sealed to their keys too.
use super::local::PUBLIC;
use super::{Person, Vault};
use crate::error::{Error, Result};
use age::x25519::Recipient;
use holdfast_domain::Code;
use jiff::Timestamp;

/// As long as a name may be, in letters.
const NAME: usize = 60;

impl Vault {
    /// From now on archives are sealed to this person too; those that are there already stay closed to them.
    ///
    /// `Code::BadRequest` for what is no age recipient, is the deployment's own, or is there already.
    pub fn add_person(&self, name: &str, recipient: &str, now: Timestamp) -> Result<Person> {
        let mut public = self.public()?;
        let recipient = parse_recipient(recipient)?;
        let name = name.trim();
        let refused = |cause: String| Err(Error::new(Code::BadRequest, &recipient, cause));
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return refused(format!("the name must have 1 to {NAME} letters"));
        }
        if public.recipients.contains(&recipient) || public.retired.iter().any(|retired| retired.key == recipient) {
            return refused("it is the deployment's own key".to_owned());
        }
        if let Some(same) = public.people.iter().find(|p| p.recipient == recipient || p.name == name) {
            return refused(format!("{} is there already, with the key {}", same.name, same.recipient));
        }
        let person = Person { name: name.to_owned(), recipient, added: now };
        public.people.push(person.clone());
        public.save(&self.folder.join(PUBLIC))?;
        Ok(person)
    }

    /// By name or by key. Archives that are there stay open to them. `Code::BadRequest` where nobody is meant.
    pub fn remove_person(&self, who: &str) -> Result<Person> {
        let mut public = self.public()?;
        let who = who.trim();
        let Some(at) = public.people.iter().position(|p| p.recipient == who || p.name == who) else {
            let names: Vec<&str> = public.people.iter().map(|p| p.name.as_str()).collect();
            let known =
                if names.is_empty() { "there is nobody".to_owned() } else { format!("there is {}", names.join(", ")) };
            // What was typed may be anything, a secret too.
            return Err(Error::new(Code::BadRequest, "the person to remove", known));
        };
        let person = public.people.remove(at);
        public.save(&self.folder.join(PUBLIC))?;
        Ok(person)
    }
}

/// A recipient as age writes it. What was given is not repeated in errors: it may be a secret.
pub fn parse_recipient(text: &str) -> Result<String> {
    let text = text.trim();
    let refused = |cause: &str| Error::new(Code::BadRequest, "the person's key", cause);
    if text.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("AGE-SECRET-KEY")) {
        return Err(refused("it is a secret key, which nobody should give away; the public one begins with age1"));
    }
    if text.starts_with("age1") && text.matches('1').count() > 1 {
        return Err(refused(
            "it is of a kind that a plugin of age made; a plain age1 key is needed (age-keygen makes one)",
        ));
    }
    let recipient: Recipient = text.parse().map_err(|_| refused("it is no public key of age, age1 and 58 letters"))?;
    Ok(recipient.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Home;
    use crate::vault::{KeySet, NoKeyring};
    use std::sync::Arc;

    fn now() -> Timestamp {
        "2026-11-21T02:00:00Z".parse().unwrap()
    }

    fn vault(dir: &tempfile::TempDir) -> (Vault, KeySet) {
        let vault = Vault::open(&Home::new(dir.path()), "6f0c", Arc::new(NoKeyring)).unwrap();
        let keys = KeySet::generate().unwrap();
        vault.store_new(&keys, b"sealed").unwrap();
        (vault, keys)
    }

    #[test]
    fn archives_are_for_those_who_were_added() {
        let dir = tempfile::tempdir().unwrap();
        let (vault, keys) = vault(&dir);
        let ana = KeySet::generate().unwrap().recipient();
        vault.add_person(" Ana ", &format!(" {ana}\n"), now()).unwrap();
        let public = vault.public().unwrap();
        assert_eq!(public.all(), [keys.recipient(), ana.clone()]);
        assert_eq!((public.people[0].name.as_str(), public.parse().unwrap().len()), ("Ana", 2));
        assert_eq!(vault.remove_person("Ana").unwrap().recipient, ana);
        assert_eq!(vault.public().unwrap().all(), [keys.recipient()]);
        assert_eq!(vault.remove_person("Ana").unwrap_err().code(), Code::BadRequest);
    }

    #[test]
    fn what_is_nobodys_public_key_is_refused_and_not_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let (vault, keys) = vault(&dir);
        let secret = KeySet::generate().unwrap().identity_line();
        let ana = KeySet::generate().unwrap().recipient();
        vault.add_person("Ana", &ana, now()).unwrap();
        let other = KeySet::generate().unwrap().recipient();
        for (name, key) in [
            ("Bob", secret.as_str()),
            ("Bob", "ssh-ed25519 AAAA"),
            ("Bob", "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"),
            ("Bob", &ana[..ana.len() - 1]),
            ("Bob", &keys.recipient()),
            ("Bob", &ana),
            ("Ana", &other),
            ("", &other),
            ("a\nb", &other),
        ] {
            let error = vault.add_person(name, key, now()).unwrap_err();
            assert_eq!(error.code(), Code::BadRequest, "{name} {key}");
            assert!(!error.to_string().contains(&secret[20..40]), "{error}");
        }
        assert_eq!(vault.public().unwrap().people.len(), 1);
        assert!(!vault.remove_person(&secret).unwrap_err().to_string().contains(&secret[20..40]));
    }
}
