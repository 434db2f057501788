use crate::{Answer, Failure, Note, Service, words};
use holdfast_domain::{Code, Problem, Severity};
use holdfast_engine::durable;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Of the program on this machine, not of a deployment.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct AppSettings {
    pub start_at_login: bool,
    /// Tell of what needs the person, when no window is in front.
    pub notify: bool,
    pub log_folder: PathBuf,
    pub version: String,
    /// What closing the window does.
    pub closing: Closing,
    /// What this machine does not offer, and what works all the same: notices.
    pub without: Vec<Note>,
}

/// What happens when the window is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// The program goes on in the tray.
    Hides,
    /// Nobody shows a tray: the program ends, when what runs is done.
    Ends,
}

/// All that the place for settings shows.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettingsAnswer {
    #[serde(flatten)]
    pub deployment: crate::DeploymentSettings,
    pub application: AppSettings,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AppSettingsArgs {
    pub start_at_login: bool,
    pub notify: bool,
}

/// On disk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    notify: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self { notify: true }
    }
}

impl Service {
    /// Whether the person wants to be told. A file that cannot be read counts as a yes: silence is the worse mistake.
    pub fn notifies(&self) -> bool {
        let text = std::fs::read(self.application_file()).unwrap_or_default();
        serde_json::from_slice::<Kept>(&text).unwrap_or_default().notify
    }

    pub fn set_notify(&self, notify: bool) -> Answer<()> {
        let path = self.application_file();
        let text = serde_json::to_vec_pretty(&Kept { notify })
            .map_err(|e| Failure::new(Code::Internal, "the settings of the window", e))?;
        let folder = self.context().home.path();
        durable::create_private_dir(folder)?;
        Ok(durable::write(&path, &text, 0o600)?)
    }

    /// What this machine does not offer, as notices. `in_tray`: somebody shows the program's icon. Asks the keyring, which
    /// takes as long as that takes to answer, some ten seconds at most.
    pub fn without(&self, in_tray: bool) -> Vec<Note> {
        let mut without = Vec::new();
        if let Err(e) = self.context().keyring.available() {
            without.push(Note {
                severity: Severity::Notice,
                title: words::NO_KEYRING.title(""),
                next_step: words::NO_KEYRING.next_step.to_owned(),
                ..Note::from(e.to_problem())
            });
        }
        if !in_tray {
            let cause = "nobody shows icons of programs (org.kde.StatusNotifierWatcher is not there)";
            without.push(Note::from(Problem::new(Code::TrayMissing, "the tray", cause)));
        }
        without
    }

    fn application_file(&self) -> PathBuf {
        self.context().home.path().join("application.json")
    }
}

#[cfg(test)]
mod tests {
    use crate::words::window::InWindow;
    use crate::{Service, ServiceOptions};
    use holdfast_domain::{Code, Severity};

    #[test]
    fn the_person_is_told_unless_they_said_no() {
        let home = tempfile::tempdir().unwrap();
        let options = ServiceOptions { home: home.path().join("new"), keyring: false, variables: |_| None };
        let service = Service::new(options);
        assert!(service.notifies());
        service.set_notify(false).unwrap();
        assert!(!service.notifies());
        std::fs::write(home.path().join("new/application.json"), "torn").unwrap();
        assert!(service.notifies());
    }

    #[test]
    fn what_the_machine_lacks_is_a_notice_with_what_works_all_the_same() {
        let home = tempfile::tempdir().unwrap();
        let options = ServiceOptions { home: home.path().join("new"), keyring: false, variables: |_| None };
        let without = Service::new(options).without(false);
        let codes: Vec<Code> = without.iter().map(|note| note.code).collect();
        assert_eq!(codes, [Code::KeyringUnavailable, Code::TrayMissing]);
        assert!(without.iter().all(|note| note.severity == Severity::Notice), "{without:?}");
        // In a window there is nothing to type.
        let said = serde_json::to_value(InWindow(&without)).unwrap();
        assert_eq!(said, serde_json::to_value(&without).unwrap());
        assert!(without[0].next_step.contains("ask for the passphrase"), "{without:?}");
    }
}
