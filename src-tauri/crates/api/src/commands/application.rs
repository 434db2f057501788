use crate::{Answer, Failure, Service};
use holdfast_domain::Code;
use holdfast_engine::durable;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Of the program on this machine, not of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct AppSettings {
    pub start_at_login: bool,
    /// Tell of what needs the person, when no window is in front.
    pub notify: bool,
    pub log_folder: PathBuf,
    pub version: String,
    /// What closing the window does.
    pub closing: Closing,
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

    fn application_file(&self) -> PathBuf {
        self.context().home.path().join("application.json")
    }
}

#[cfg(test)]
mod tests {
    use crate::{Service, ServiceOptions};

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
}
