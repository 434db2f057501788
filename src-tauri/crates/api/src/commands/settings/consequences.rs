use crate::commands::standing::{DiskLoss, disk_loss};
use crate::words::{count_words, duration_words, size_words};
use crate::{Answer, Service};
use holdfast_domain::{Class, Level, Outcome, retention};
use holdfast_engine::catalog::State;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::prune::{self, Removes};
use jiff::SignedDuration;
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
    /// What goes with the disk of the chatbot beyond that.
    pub disk_loss: Option<DiskLoss>,
    /// What the next clean-up would take away that is kept by the settings as they are saved.
    pub removes: Removes,
}

/// The most that can be lost of a class while the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct MayLose {
    pub class: Class,
    pub seconds: u64,
}

/// Newer archives of a level tell more than all of them, and one alone may be of a bad day.
const LOOKED_AT: usize = 9;
/// Before that, how large incremental archives are would change from one to the next.
const TELLING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What will be kept after a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreseen {
    pub archives: u64,
    /// 0 where no archive tells.
    pub bytes: u64,
    /// Of the full ones alone: there are not archives enough to tell how large the others will be.
    pub full_only: bool,
}

impl Service {
    pub(super) fn consequences(&self, present: &Profile, with: &Profile) -> Answer<Consequences> {
        let rows = self.context().catalog()?.0.archives().list(Some(&present.id))?;
        let Foreseen { archives, bytes, full_only } = self.foreseen(present, with)?;
        let disk_loss = disk_loss(&self.standings(present)?, self.clock().now());
        let interval = with.schedule.interval();
        let count = count_words(archives, "archive", "archives");
        let sentence = match interval {
            None => "Nothing is backed up by itself.".to_owned(),
            Some(interval) => {
                let size = match (bytes, full_only) {
                    (0, _) => String::new(),
                    (_, true) => format!(", the full ones about {}", size_words(bytes)),
                    (_, false) => format!(", about {}", size_words(bytes)),
                };
                let lost = duration_words(Duration::try_from(interval).unwrap_or_default());
                let unless = if disk_loss.is_some() { " while the disk lives" } else { "" };
                format!(
                    "Keeps about {count}{size}. With each backup made when it is due, at most {lost} can be lost{unless}."
                )
            }
        };
        let classes = match rows.iter().find(|row| row.kind.is_regular() && row.state == State::Present) {
            Some(_) => self.newest_classes(present)?,
            None => Vec::new(),
        };
        // The same target that the overview measures against.
        let target = |class| interval.map(|_| with.schedule.target(class).as_secs().max(0) as u64);
        let may_lose =
            classes.into_iter().filter_map(|class| Some(MayLose { class, seconds: target(class)? })).collect();
        let removes = prune::change(self.context(), present, &with.retention)?;
        Ok(Consequences { sentence, archives, bytes, may_lose, disk_loss, removes })
    }

    /// What settings keep after a while, as large as archives of `present` were lately.
    pub(crate) fn foreseen(&self, present: &Profile, with: &Profile) -> Answer<Foreseen> {
        let (now, zone) = (self.clock().now(), self.clock().zone());
        let expected = retention::expected(&with.retention, &with.schedule, &with.name, now, &zone);
        let rows = self.context().catalog()?.0.archives().list(Some(&present.id))?;
        let size = |level: Level| {
            let of_level =
                || rows.iter().filter(|row| row.level == level && row.state == State::Present && row.kind.is_regular());
            // What was made of a chatbot that was not well is smaller than what is to come.
            let well = of_level().any(|row| row.outcome == Outcome::Done);
            let telling = of_level().filter(|row| !well || row.outcome == Outcome::Done).take(LOOKED_AT);
            median(telling.map(|row| row.stored_bytes).collect())
        };
        // A few incremental archives of one afternoon say nothing of those of a year.
        let regular = || rows.iter().filter(|row| row.kind.is_regular());
        let full_only =
            regular().map(|row| row.created).min().is_none_or(|oldest| now.duration_since(oldest) < TELLING);
        let full = expected.full * size(Level::Full);
        let bytes = if full_only {
            full
        } else {
            full + expected.daily * size(Level::Daily) + expected.hourly * size(Level::Hourly)
        };
        Ok(Foreseen { archives: expected.total(), bytes, full_only })
    }
}

/// The larger of the two in the middle.
fn median(mut sizes: Vec<u64>) -> u64 {
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn one_small_archive_changes_no_forecast() {
        assert_eq!(median(vec![67, 44, 67]), 67);
        assert_eq!(median(vec![44, 67]), 67);
        assert_eq!(median(Vec::new()), 0);
    }
}
