use crate::{Answer, Failure, Service};
use holdfast_domain::Code;
use holdfast_engine::operations::destinations;
use holdfast_engine::operations::upkeep::{self, Used};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct StorageArgs {
    pub deployment: Option<String>,
    /// Absent: where archives are made.
    pub destination: Option<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct StorageAnswer {
    pub destination: String,
    /// Of the disk, oldest first. What is not ours on it counts as it is now.
    pub used: Vec<Used>,
    /// 0 where nobody knows, as of a cloud.
    pub disk_bytes: u64,
    pub used_bytes: u64,
    /// By which our archives on it grow; negative where they become fewer.
    pub bytes_a_month: i64,
    /// When the disk will be full at that rate; `None` where it will not within a hundred years.
    pub full_at: Option<Timestamp>,
}

impl Service {
    /// How a destination fills, as far as the catalog remembers what was made and removed there.
    pub fn storage(&self, args: &StorageArgs) -> Answer<StorageAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let setting = match &args.destination {
            Some(name) => Some(destinations::named(&profile, name)?),
            None => profile.destinations.first(),
        };
        let setting =
            setting.ok_or_else(|| Failure::new(Code::DestinationMissing, profile.name.as_str(), "it has none"))?;
        let forecast = upkeep::forecast(self.context(), &profile, setting)?;
        Ok(StorageAnswer {
            destination: setting.name(),
            used: forecast.used,
            disk_bytes: forecast.disk_bytes,
            used_bytes: forecast.used_bytes,
            bytes_a_month: forecast.bytes_a_month,
            full_at: forecast.full_at,
        })
    }
}
