//! How places stand: one state for each, one sentence, and what is lost with the disk of the chatbot.
use crate::words::{ago_words, copied_words, place_words, quoted, size_words};
use crate::{Answer, Service};
use holdfast_domain::Code;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::copy::Copied;
use holdfast_engine::operations::destinations::{self, Standing};
use jiff::Timestamp;
use serde::Serialize;
use std::ops::Deref;

/// The worst that is true of a place, whether it is there now or away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceState {
    /// Archives are made there.
    First,
    /// It holds all that it should.
    Complete,
    /// It got nothing yet: no copy.
    Waiting,
    /// It holds copies, and lacks some.
    Lacking,
    /// It lacks archives, and there is room for none of them.
    TooSmall,
    /// It lacks archives because the last copy to it failed.
    Failed,
}

/// A place, and what is said of it.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Place {
    #[serde(flatten)]
    pub standing: Standing,
    pub state: PlaceState,
    pub said: String,
}

impl Deref for Place {
    type Target = Standing;

    fn deref(&self) -> &Standing {
        &self.standing
    }
}

impl Place {
    pub(crate) fn of(standing: Standing, now: Timestamp) -> Self {
        let state = match &standing {
            it if it.first => PlaceState::First,
            it if it.is_full()
                && it.failed.as_ref().is_none_or(|failed| failed.problem.code == Code::DestinationFull) =>
            {
                PlaceState::TooSmall
            }
            it if it.failed.is_some() => PlaceState::Failed,
            it if it.due == 0 => PlaceState::Complete,
            it if it.is_waiting() => PlaceState::Waiting,
            _ => PlaceState::Lacking,
        };
        Self { said: place_words(&standing, state, now), state, standing }
    }
}

/// What a copy brought to one place, and what is said of it.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopiedTo {
    #[serde(flatten)]
    pub copied: Copied,
    /// It holds all that it should.
    pub complete: bool,
    /// Without its name.
    pub said: String,
}

impl Deref for CopiedTo {
    type Target = Copied;

    fn deref(&self) -> &Copied {
        &self.copied
    }
}

impl From<Copied> for CopiedTo {
    fn from(copied: Copied) -> Self {
        Self { complete: copied.is_complete(), said: copied_words(&copied), copied }
    }
}

/// What goes with the disk that the chatbot is on, because what else there is of it lies there too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct DiskLoss {
    /// The newest moment that another disk, drive or cloud holds whole; `None`: nothing would be left.
    pub kept_as_of: Option<Timestamp>,
    pub sentence: String,
    pub next_step: String,
}

impl Service {
    pub(crate) fn standings(&self, profile: &Profile) -> Answer<Vec<Place>> {
        let now = self.clock().now();
        Ok(destinations::list(self.context(), profile)?.into_iter().map(|standing| Place::of(standing, now)).collect())
    }
}

/// `None` where the newest archive lies elsewhere too, and where there is none yet. Where none of them is whole, what
/// is left of them is lost with the disk all the same.
pub(crate) fn disk_loss(places: &[Place], now: Timestamp) -> Option<DiskLoss> {
    let first = places.iter().find(|place| place.first)?;
    let newest = first.whole_as_of;
    if newest.is_none() && first.archives == 0 {
        return None;
    }
    if newest.is_some() && places.iter().any(|place| !place.same_disk && place.whole_as_of >= newest) {
        return None;
    }
    let elsewhere = || places.iter().filter(|place| !place.same_disk);
    // One that is at hand can be copied to now, if it has room.
    let full = |place: &&Place| place.state == PlaceState::TooSmall;
    let next = elsewhere().find(|place| place.there && !full(place));
    let next = next.or_else(|| elsewhere().find(|place| place.there)).or_else(|| elsewhere().next());
    let next_step = match next {
        Some(place) if place.first => "Back up again: the archive there cannot be restored as it is.".to_owned(),
        Some(place) if place.state == PlaceState::TooSmall => no_room_words(place, now),
        Some(place) if place.there => format!("Copy to {} now.", place.name),
        Some(place) if place.kind == "drive" => format!("Plug in {}, and copy to it.", place.name),
        Some(place) => format!("Bring {} back, and copy to it.", place.name),
        None => "Add a place that is not on it: a drive, another computer, or the cloud.".to_owned(),
    };
    let kept_as_of = elsewhere().filter_map(|place| place.whole_as_of).max();
    let sentence = match kept_as_of {
        None if elsewhere().any(|place| place.archives > 0) => {
            "If this disk dies, nothing whole is left: no copy elsewhere is of a state that was.".to_owned()
        }
        None => "All of it is lost if this disk dies: the archives lie on the disk of the chatbot, and nowhere else."
            .to_owned(),
        Some(at) => {
            format!(
                "The newest copy elsewhere is of {}: what came since then is lost if this disk dies.",
                ago_words(at, now)
            )
        }
    };
    Some(DiskLoss { kept_as_of, sentence, next_step })
}

/// What helps where something waits for room: never what would free nothing.
pub(crate) fn no_room_words(place: &Place, now: Timestamp) -> String {
    let mut ways = Vec::new();
    if place.prunes_bytes > 0 {
        let bytes = size_words(place.prunes_bytes);
        ways.push(format!("let go of what the rules keep no longer, {bytes} (holdfast prune --dry-run shows which)"));
    }
    if let Some(spare) = place.spare.as_ref().filter(|_| place.kind != "cloud") {
        let file = place.path.join(spare.archive.as_str()).display().to_string();
        let (made, bytes) = (ago_words(spare.created, now), size_words(spare.stored_bytes));
        ways.push(format!(
            "delete the copy there of the archive of {made}, from which not all comes back whole, {bytes} (rm {}.*)",
            quoted(&file)
        ));
    }
    ways.push("take other files off it".to_owned());
    ways.push("or add a larger drive or another place".to_owned());
    // Who looks for copies to let go of would find none.
    let kept = if place.archives > 0 && ways.len() == 2 { ", and all that it holds is to be kept" } else { "" };
    format!("{} has no room for what waits{kept}: {}.", place.name, ways.join(", "))
}
