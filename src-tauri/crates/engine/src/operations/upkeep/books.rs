use crate::catalog::{ArchiveRow, Catalog, CopyCheck, CopyRow, CopyState, State, Verification, VerifyKind};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::Result;
use crate::operations::copy::copy_of;
use crate::store::Folder;
use holdfast_domain::{Code, Kind, upkeep};
use jiff::Timestamp;

/// An archive as it lies at one place.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// As a copy, also where it is the archive itself.
    pub copy: CopyRow,
    /// Where it was made.
    pub first: bool,
    /// When every byte of it was read last, as far as the catalog knows.
    pub read: Option<Timestamp>,
    /// It was found not to be what was written.
    pub bad: bool,
    /// Its hash is known, and the fault that was found is one of its bytes: another copy can mend it.
    pub mendable: bool,
}

impl Held {
    pub fn unread_since(&self) -> Timestamp {
        self.read.unwrap_or(self.copy.created)
    }

    /// What is known to be damaged is not read again: that would tell nothing new.
    pub fn is_due(&self, now: Timestamp) -> bool {
        !self.bad && self.mendable && upkeep::is_due(self.read, now)
    }

    /// Notes that all of it was read.
    pub fn note(&self, catalog: &Catalog, at: Timestamp, ok: bool) -> Result<()> {
        if !self.first {
            return catalog.copies().set_verified(&self.copy, at, CopyCheck::ReadBack, ok);
        }
        let verification = Verification { at, kind: VerifyKind::Quick, ok };
        match catalog.archives().set_verified(&self.copy.deployment_id, &self.copy.archive, verification) {
            // It was removed meanwhile.
            Err(e) if e.code() == Code::ArchiveMissing => Ok(()),
            done => done,
        }
    }
}

/// What lies at a place as far as the catalog knows, in the order in which it is to be read: what is unread the longest
/// first. `there`: whether the place is; what is missing where it was made is so because its place is away, or is gone.
/// Exports lie where somebody took them.
pub(super) fn held(
    catalog: &Catalog,
    profile: &Profile,
    setting: &Setting,
    rows: &[ArchiveRow],
    there: bool,
) -> Result<Vec<Held>> {
    let mut held: Vec<Held> = if profile.destinations.first() == Some(setting) {
        let state = if there { State::Present } else { State::Missing };
        let at = Folder::of(setting, &profile.name).dir().to_owned();
        rows.iter()
            .filter(|row| row.kind != Kind::Export && row.state == state && (row.folder == at || !there))
            .map(|row| {
                let bad = row.verified.is_some_and(|verified| !verified.ok);
                let wrong_inside = bad && row.verified.is_some_and(|verified| verified.kind == VerifyKind::Full);
                Held {
                    copy: copy_of(row, &setting.id(), None),
                    first: true,
                    read: row.verified.map(|verified| verified.at),
                    bad,
                    // What only the full look found may be wrong in every copy alike.
                    mendable: row.sha256.len() == 64 && !wrong_inside,
                }
            })
            .collect()
    } else {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        let present = copies.into_iter().filter(|copy| copy.state == CopyState::Present);
        present
            .map(|copy| Held {
                first: false,
                read: copy.verified.and_then(|(at, how, _)| (how == CopyCheck::ReadBack).then_some(at)),
                bad: copy.verified.is_some_and(|(_, _, ok)| !ok),
                mendable: copy.sha256.len() == 64,
                copy,
            })
            .collect()
    };
    held.sort_by(|a, b| (a.unread_since(), &a.copy.archive).cmp(&(b.unread_since(), &b.copy.archive)));
    Ok(held)
}

/// A cloud whose word is believed is not read: that was chosen because reading costs.
pub(super) fn is_believed(setting: &Setting) -> bool {
    matches!(setting, Setting::Cloud { service, .. } if !service.read_back || service.read_daily_bytes == Some(0))
}
