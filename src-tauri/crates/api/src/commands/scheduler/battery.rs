//! Whether the computer lives on its battery, as Linux tells it.
use std::path::Path;

/// Charge in percent while the computer runs on battery; of several the fullest. `None` on mains, or where there is none.
pub(super) fn charge(supplies: &Path) -> Option<u32> {
    let mut fullest = None;
    for item in std::fs::read_dir(supplies).ok()?.flatten() {
        let read = |name: &str| std::fs::read_to_string(item.path().join(name)).ok().map(|text| text.trim().to_owned());
        // A mouse has a battery too.
        if read("scope").is_some_and(|scope| scope == "Device") {
            continue;
        }
        match read("type").as_deref() {
            Some("Mains" | "USB") if read("online").is_some_and(|online| online == "1") => return None,
            Some("Battery") if read("status").is_some_and(|status| status == "Discharging") => {
                let percent = read("capacity").and_then(|percent| percent.parse::<u32>().ok());
                fullest = fullest.max(percent);
            }
            _ => {}
        }
    }
    fullest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn supply(dir: &Path, name: &str, facts: &[(&str, &str)]) {
        let folder = dir.join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in facts {
            fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn only_a_computer_that_lives_on_its_battery_has_a_charge() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(charge(&dir.path().join("absent")), None);
        supply(
            dir.path(),
            "mouse",
            &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging"), ("capacity", "3")],
        );
        assert_eq!(charge(dir.path()), None);
        supply(dir.path(), "BAT0", &[("type", "Battery"), ("status", "Discharging"), ("capacity", "41")]);
        assert_eq!(charge(dir.path()), Some(41));
        supply(dir.path(), "AC", &[("type", "Mains"), ("online", "0")]);
        assert_eq!(charge(dir.path()), Some(41));
        supply(dir.path(), "AC", &[("type", "Mains"), ("online", "1")]);
        assert_eq!(charge(dir.path()), None);
    }
}
