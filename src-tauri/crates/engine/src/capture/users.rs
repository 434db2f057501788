use std::collections::HashMap;
use std::path::Path;

/// Names of users and groups, and back. From the system's files; names that come from elsewhere (LDAP)
/// stay numbers.
#[derive(Debug, Default)]
pub struct Users {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl Users {
    /// Reads `passwd` and `group` in a folder, `/etc` on a running system. Missing files give no names.
    pub fn read(folder: &Path) -> Self {
        let table = |file: &str| -> HashMap<u32, String> {
            let text = std::fs::read(folder.join(file)).unwrap_or_default();
            let mut names = HashMap::new();
            for line in String::from_utf8_lossy(&text).lines() {
                let mut fields = line.split(':');
                if let (Some(name), Some(_), Some(id)) = (fields.next(), fields.next(), fields.next())
                    && let Ok(id) = id.parse()
                {
                    names.entry(id).or_insert_with(|| name.to_owned());
                }
            }
            names
        };
        Self { users: table("passwd"), groups: table("group") }
    }

    pub fn user(&self, uid: u32) -> &str {
        self.users.get(&uid).map_or("", String::as_str)
    }

    pub fn group(&self, gid: u32) -> &str {
        self.groups.get(&gid).map_or("", String::as_str)
    }

    /// The number that a user's name has on this machine.
    pub fn uid(&self, name: &str) -> Option<u32> {
        self.users.iter().find(|(_, n)| *n == name).map(|(id, _)| *id)
    }

    pub fn gid(&self, name: &str) -> Option<u32> {
        self.groups.iter().find(|(_, n)| *n == name).map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_both_ways() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("passwd"), "root:x:0:0::/:/bin/sh\nbob:x:1000:100::/:/bin/sh\nbroken\n")
            .unwrap();
        let users = Users::read(dir.path());
        assert_eq!(users.user(1000), "bob");
        assert_eq!(users.uid("bob"), Some(1000));
        assert_eq!(users.user(7), "");
        assert_eq!(users.group(0), "");
    }
}
