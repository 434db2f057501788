use crate::Service;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::upkeep;
use holdfast_engine::store::{Folder, disk_space};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A place that will have no room soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Filling {
    pub place: String,
    pub full_at: Timestamp,
}

const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

impl Service {
    /// Places on disks of this computer that will be full within two weeks, as they grew until now. What is younger than that
    /// still gathers what its rules keep, and says nothing; a disk with room enough is not looked at further.
    pub(in crate::commands) fn filling(&self, profile: &Profile) -> Vec<Filling> {
        let now = self.clock().now();
        let mut found = Vec::new();
        for setting in profile.destinations.iter().filter(|setting| setting.path().is_some()) {
            let Ok(disk) = disk_space(Folder::of(setting, &profile.name).dir()) else { continue };
            if disk.free_bytes > disk.total_bytes / 10 * 3 {
                continue;
            }
            let Ok(forecast) = upkeep::forecast(self.context(), profile, setting) else { continue };
            let old = forecast.used.first().is_some_and(|first| now.duration_since(first.at) >= SOON);
            let full_at = forecast.full_at.filter(|at| old && at.duration_since(now) <= SOON);
            found.extend(full_at.map(|full_at| Filling { place: setting.name(), full_at }));
        }
        found
    }
}
