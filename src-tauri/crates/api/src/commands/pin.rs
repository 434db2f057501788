use crate::{Answer, Service};
use holdfast_domain::Code;
use holdfast_domain::{ArchiveName, Outcome};
use holdfast_engine::Error;
use holdfast_engine::operations::pick::Picked;
use holdfast_engine::operations::pins;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PinArgs {
    pub deployment: Option<String>,
    /// A name, a time, or `latest`.
    pub archive: String,
    pub pinned: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PinAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub archive: ArchiveName,
    pub pinned: bool,
}

impl Service {
    /// Keeps an archive for ever, with all that it needs, or lets the rules decide again.
    pub fn pin(&self, args: &PinArgs) -> Answer<PinAnswer> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let chosen = self.choose(&catalog, args.deployment.as_deref(), &args.archive)?;
        drop(catalog);
        let (Some(profile), Picked::Row(row)) = (chosen.profile, chosen.picked) else {
            let cause = "only archives that the catalog knows are pinned";
            return Err(Error::new(Code::ArchiveMissing, &args.archive, cause).into());
        };
        pins::set(self.context(), &profile, &row.name, args.pinned)?;
        Ok(PinAnswer {
            outcome: Outcome::Done,
            deployment: profile.name.to_string(),
            archive: row.name,
            pinned: args.pinned,
        })
    }
}
