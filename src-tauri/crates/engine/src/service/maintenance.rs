//! A flag: the chatbot is down on purpose. Health checks and the scheduler go by it.
use crate::durable;
use crate::error::{Error, Result};
use crate::home::Home;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Maintenance {
    pub since: Timestamp,
    /// It ends by itself then; with `None` somebody ends it.
    pub until: Option<Timestamp>,
    pub reason: String,
}

/// Whether a deployment is under maintenance. A flag that cannot be read is none: it must not silence anything.
pub fn maintenance(home: &Home, deployment_id: &str, now: Timestamp) -> Option<Maintenance> {
    let text = std::fs::read(home.maintenance(deployment_id)).ok()?;
    let found: Maintenance = serde_json::from_slice(&text).ok()?;
    found.until.is_none_or(|until| until > now).then_some(found)
}

pub fn begin_maintenance(home: &Home, deployment_id: &str, flag: &Maintenance) -> Result<()> {
    let path = home.maintenance(deployment_id);
    if let Some(folder) = path.parent() {
        durable::create_private_dir(folder)?;
    }
    let text = serde_json::to_vec(flag).map_err(|e| Error::new(holdfast_domain::Code::Internal, path.display(), e))?;
    durable::write(&path, &text, 0o600)
}

/// One that there is not is no error.
pub fn end_maintenance(home: &Home, deployment_id: &str) -> Result<()> {
    durable::remove(&home.maintenance(deployment_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_stays_until_its_time_or_until_it_is_taken_down() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("home"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (then, later) = (at("2026-11-22T12:00:00Z"), at("2026-11-22T13:00:00Z"));
        assert_eq!(maintenance(&home, "a", then), None);
        let flag = Maintenance { since: then, until: Some(later), reason: "disk".to_owned() };
        begin_maintenance(&home, "a", &flag).unwrap();
        assert_eq!(maintenance(&home, "a", then), Some(flag.clone()));
        assert_eq!(maintenance(&home, "b", then), None);
        assert_eq!(maintenance(&home, "a", later), None, "it ended by itself");
        begin_maintenance(&home, "a", &Maintenance { until: None, ..flag }).unwrap();
        assert!(maintenance(&home, "a", later).is_some());
        end_maintenance(&home, "a").unwrap();
        end_maintenance(&home, "a").unwrap();
        assert_eq!(maintenance(&home, "a", then), None);
        begin_maintenance(&home, "a", &Maintenance { since: then, until: None, reason: String::new() }).unwrap();
        std::fs::write(home.maintenance("a"), "soup").unwrap();
        assert_eq!(maintenance(&home, "a", then), None);
    }
}
