//! How old the newest archive is that can be restored, and whether archives are whole, as the catalog knows.
use super::super::soundness::{Archives, Soundness};
use crate::catalog::ArchiveRow;
use crate::health::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use jiff::{SignedDuration, Timestamp};

pub(super) struct BackupAge {
    pub rows: Vec<ArchiveRow>,
    /// The most that may be lost.
    pub target: SignedDuration,
}

pub(super) struct Verified {
    pub rows: Vec<ArchiveRow>,
}

/// Clocks of two machines may differ that much.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// A run that is on its way is not late.
const ALLOWED: SignedDuration = SignedDuration::from_mins(15);
/// Every archive is to be read again within a month.
const READ_AGAIN: SignedDuration = SignedDuration::from_hours(24 * 35);

fn duration(of: SignedDuration) -> String {
    let minutes = of.as_mins();
    match minutes {
        ..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

impl BackupAge {
    pub fn expected(&self) -> String {
        format!("no older than {}", duration(self.target))
    }
}

fn sound(rows: &[ArchiveRow], now: Timestamp) -> impl Iterator<Item = &ArchiveRow> {
    let known = Archives::of(rows);
    rows.iter().filter(move |row| {
        row.kind.is_regular() && row.created <= now + AHEAD && known.soundness(row) == Soundness::Sound
    })
}

impl Look for BackupAge {
    fn look(&self, probe: &Probe) -> Seen {
        let now = probe.clock.now();
        let Some(newest) = sound(&self.rows, now).map(|row| row.created).max() else {
            return Seen::failing("there is no archive that can be restored", "Make one: holdfast backup.");
        };
        let age = now.duration_since(newest).max(SignedDuration::ZERO);
        let text = format!("{} ago", duration(age));
        let seen = if age > self.target + ALLOWED {
            Seen::warning(text, "Back up now, and look why the last ones were not made (holdfast status).")
        } else {
            Seen::ok(text)
        };
        seen.with(age.as_secs_f64(), Unit::Seconds)
    }
}

impl Look for Verified {
    fn look(&self, probe: &Probe) -> Seen {
        let now = probe.clock.now();
        let known = Archives::of(&self.rows);
        let all = self.rows.len();
        if all == 0 {
            return Seen::unknown("there is none yet", "Make one: holdfast backup.");
        }
        let count = |is: &dyn Fn(Soundness) -> bool| self.rows.iter().filter(|row| is(known.soundness(row))).count();
        let whole = count(&|soundness| soundness == Soundness::Sound);
        let damaged = count(&|soundness| matches!(soundness, Soundness::Damaged | Soundness::NeedsDamaged));
        let missing = all - whole - damaged;
        let value = |seen: Seen| seen.with(whole as f64, Unit::Count);
        if whole < all {
            let said = [(damaged, "damaged"), (missing, "not at their place")];
            let said: Vec<String> =
                said.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
            let text = format!("of {all} archives {}", said.join(", "));
            let step = "Find out more with holdfast verify, and repair them from a good copy (holdfast copy --repair).";
            let seen = if whole == 0 { Seen::failing(text, step) } else { Seen::warning(text, step) };
            return value(seen);
        }
        let checked =
            self.rows.iter().filter_map(|row| row.verified).filter(|seen| seen.passed_since()).map(|v| v.at).max();
        let oldest = self.rows.iter().map(|row| row.created).min().unwrap_or(now);
        value(match checked {
            Some(at) if now.duration_since(at) > READ_AGAIN => {
                let text = format!("{all}, last read again {} ago", duration(now.duration_since(at)));
                Seen::warning(text, "Read them again: holdfast verify --all.")
            }
            Some(at) => Seen::ok(format!("{all}, last read again {} ago", duration(now.duration_since(at)))),
            None if now.duration_since(oldest) > READ_AGAIN => {
                Seen::warning(format!("{all}, and none was read again since it was made"), "holdfast verify --all.")
            }
            None => Seen::ok(format!("{all}, each read back when it was made")),
        })
    }
}
