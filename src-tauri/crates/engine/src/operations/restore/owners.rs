//! Whose restored files become, where the person says otherwise than the archive.
use crate::capture::Users;
use crate::error::{Error, Result};
use holdfast_domain::Code;

/// Rules for owners: files of the one (a name, or a number as text) become the other's, who is known on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    users: Vec<(String, u32)>,
    groups: Vec<(String, u32)>,
}

impl Owners {
    /// Looks the new owners up. `Code::BadRequest` for one that is neither a name known here nor a number.
    pub fn new(users: &[(String, String)], groups: &[(String, String)], here: &Users) -> Result<Self> {
        let resolve = |rules: &[(String, String)], what: &str, find: &dyn Fn(&str) -> Option<u32>| {
            let one = |(old, new): &(String, String)| {
                let number = find(new).or_else(|| new.parse().ok()).ok_or_else(|| {
                    let cause = format!("there is no {what} {new:?} on this machine");
                    Error::new(Code::BadRequest, format!("{old}={new}"), cause)
                })?;
                Ok((old.clone(), number))
            };
            rules.iter().map(one).collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            users: resolve(users, "user", &|name| here.uid(name))?,
            groups: resolve(groups, "group", &|name| here.gid(name))?,
        })
    }

    pub fn apply(&self, mut users: Users) -> Users {
        for (old, new) in &self.users {
            users.map_user(old, *new);
        }
        for (old, new) in &self.groups {
            users.map_group(old, *new);
        }
        users
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_owners_are_names_known_here_or_numbers() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("passwd"), "bob:x:1000:100::/:/bin/sh\n").unwrap();
        std::fs::write(folder.path().join("group"), "staff:x:50:\n").unwrap();
        let here = || Users::read(folder.path());
        let rule = |old: &str, new: &str| vec![(old.to_owned(), new.to_owned())];
        let users = Owners::new(&rule("ann", "bob"), &rule("33", "77"), &here()).unwrap().apply(here());
        assert_eq!((users.uid_here("ann", 5), users.gid_here("www", 33)), (Some(1000), Some(77)));
        let error = Owners::new(&rule("ann", "carl"), &[], &here()).unwrap_err();
        assert_eq!(error.code(), Code::BadRequest);
        assert!(error.cause().contains("no user \"carl\""), "{error}");
    }
}
