use jiff::Zoned;
use std::cmp::Ordering;

/// A span of local time of which one archive is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Hour,
    Day,
    Week,
    Month,
}

impl Span {
    pub(super) fn label(self, at: &Zoned) -> String {
        match self {
            Self::Hour => at.strftime("%Y-%m-%d %H:00").to_string(),
            Self::Day => at.strftime("%Y-%m-%d").to_string(),
            Self::Week => at.strftime("%G-W%V").to_string(),
            Self::Month => at.strftime("%Y-%m").to_string(),
        }
    }

    /// A hour that the clocks run through twice is two.
    pub(super) fn same(self, a: &Zoned, b: &Zoned) -> bool {
        self.label(a) == self.label(b) && (self != Self::Hour || a.offset() == b.offset())
    }

    /// Long spans are better kept by a full archive, which needs no other.
    pub(super) fn prefers_full(self) -> bool {
        matches!(self, Self::Week | Self::Month)
    }
}

/// An archive that may stand for a slot.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub index: usize,
    pub at: Zoned,
    pub full: bool,
}

/// The archives that stand for the newest `count` slots that have any. `newest_first` is sorted.
pub(super) fn pick(span: Span, count: u32, newest_first: &[Candidate]) -> Vec<(usize, String)> {
    debug_assert!(newest_first.is_sorted_by(|a, b| a.at.cmp(&b.at) != Ordering::Less));
    newest_first
        .chunk_by(|a, b| span.same(&a.at, &b.at))
        .take(count as usize)
        .filter_map(|slot| {
            let full = slot.iter().find(|candidate| candidate.full);
            let stands = full.filter(|_| span.prefers_full()).or(slot.first())?;
            Some((stands.index, span.label(&stands.at)))
        })
        .collect()
}
