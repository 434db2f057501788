use std::collections::HashMap;
use std::path::Path;

/// Names of users and groups, and back. From the system's files; names that come from elsewhere (LDAP)
/// stay numbers.
#[derive(Debug, Default)]
pub struct Users {
    names: HashMap<u32, String>,
    groups: HashMap<u32, String>,
    /// What a restore was told: the files of this owner (a name, or a number as text) become this one's.
    user_rules: HashMap<String, u32>,
    group_rules: HashMap<String, u32>,
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
        Self { names: table("passwd"), groups: table("group"), ..Self::default() }
    }

    pub fn user(&self, uid: u32) -> &str {
        self.names.get(&uid).map_or("", String::as_str)
    }

    pub fn group(&self, gid: u32) -> &str {
        self.groups.get(&gid).map_or("", String::as_str)
    }

    /// The number that a user's name has on this machine.
    pub fn uid(&self, name: &str) -> Option<u32> {
        self.names.iter().find(|(_, n)| *n == name).map(|(id, _)| *id)
    }

    pub fn gid(&self, name: &str) -> Option<u32> {
        self.groups.iter().find(|(_, n)| *n == name).map(|(id, _)| *id)
    }

    /// From now on files of `old` become those of `new`.
    pub fn map_user(&mut self, old: &str, new: u32) {
        self.user_rules.insert(old.to_owned(), new);
    }

    pub fn map_group(&mut self, old: &str, new: u32) {
        self.group_rules.insert(old.to_owned(), new);
    }

    /// Whose a user's files become here: as told, else by name. `None` where nothing here knows.
    pub fn uid_here(&self, name: &str, number: u32) -> Option<u32> {
        here(&self.user_rules, name, number).or_else(|| self.uid(name).filter(|_| !name.is_empty()))
    }

    pub fn gid_here(&self, name: &str, number: u32) -> Option<u32> {
        here(&self.group_rules, name, number).or_else(|| self.gid(name).filter(|_| !name.is_empty()))
    }
}

fn here(rules: &HashMap<String, u32>, name: &str, number: u32) -> Option<u32> {
    if rules.is_empty() {
        return None;
    }
    rules.get(name).or_else(|| rules.get(&number.to_string())).copied()
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
        let mut users = users;
        assert_eq!(
            (users.uid_here("bob", 7), users.uid_here("ann", 7), users.uid_here("", 7)),
            (Some(1000), None, None)
        );
        users.map_user("ann", 1000);
        users.map_user("7", 3);
        users.map_user("bob", 4);
        let found = [("ann", 5), ("", 7), ("bob", 1000)].map(|(name, number)| users.uid_here(name, number));
        assert_eq!(found, [Some(1000), Some(3), Some(4)]);
    }
}
