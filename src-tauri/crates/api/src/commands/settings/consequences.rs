use crate::words::{count_words, duration_words, size_words};
use crate::{Answer, Service};
use holdfast_domain::{Class, Level, retention};
use holdfast_engine::catalog::State;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::prune::{self, Removes};
use serde::Serialize;
use std::time::Duration;

/// What settings lead to.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Consequences {
    /// In one sentence.
    pub sentence: String,
    /// Archives that will be there after a while, and their bytes as far as earlier ones tell; 0 where none do.
    pub archives: u64,
    pub bytes: u64,
    pub may_lose: Vec<MayLose>,
    /// What the next clean-up would take away that is kept by the settings as they are saved.
    pub removes: Removes,
}

/// The most that can be lost of a class while the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct MayLose {
    pub class: Class,
    pub seconds: u64,
}

/// Newer archives of a level tell more than all of them.
const LOOKED_AT: usize = 30;

impl Service {
    pub(super) fn consequences(&self, present: &Profile, with: &Profile) -> Answer<Consequences> {
        let (now, zone) = (self.clock().now(), self.clock().zone());
        let expected = retention::expected(&with.retention, &with.schedule, &with.name, now, &zone);
        let rows = self.context().catalog()?.0.archives().list(Some(&present.id))?;
        let mean = |level: Level| -> u64 {
            let of_level =
                rows.iter().filter(|row| row.level == level && row.state == State::Present && row.kind.is_regular());
            let sizes: Vec<u64> = of_level.take(LOOKED_AT).map(|row| row.stored_bytes).collect();
            sizes.iter().sum::<u64>() / (sizes.len() as u64).max(1)
        };
        let (full, daily, hourly) = (mean(Level::Full), mean(Level::Daily), mean(Level::Hourly));
        let bytes = expected.full * full + expected.daily * daily + expected.hourly * hourly;
        let interval = with.schedule.interval();
        let archives = expected.total();
        let count = count_words(archives, "archive", "archives");
        let sentence = match interval {
            None => "Nothing is backed up by itself.".to_owned(),
            Some(interval) => {
                let size = if bytes > 0 { format!(", about {}", size_words(bytes)) } else { String::new() };
                let lost = duration_words(Duration::try_from(interval).unwrap_or_default());
                format!("Keeps about {count}{size}. At most {lost} can be lost.")
            }
        };
        let classes = match rows.iter().find(|row| row.kind.is_regular() && row.state == State::Present) {
            Some(_) => self.newest_classes(present)?,
            None => Vec::new(),
        };
        let seconds = interval.map(|interval| interval.as_secs().max(0) as u64);
        let may_lose = classes.into_iter().filter_map(|class| Some(MayLose { class, seconds: seconds? })).collect();
        let removes = prune::change(self.context(), present, &with.retention)?;
        Ok(Consequences { sentence, archives, bytes, may_lose, removes })
    }
}
