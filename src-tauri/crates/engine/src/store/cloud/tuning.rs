use std::time::Duration;

/// Sizes and patience. Tests make them small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuning {
    /// Bytes of a part of an upload, for archives that do not need larger ones.
    pub part: u64,
    /// Bytes of parts that may be under way at once.
    pub under_way: u64,
    pub connect: Duration,
    /// After which nothing having moved counts as no answer.
    pub stall: Duration,
    /// Attempts after the first one, with growing pauses between them.
    pub retries: usize,
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// How long the question may take whether the service is there at all.
    pub knock: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            part: 8 << 20,
            under_way: 24 << 20,
            connect: Duration::from_secs(10),
            stall: Duration::from_mins(1),
            retries: 7,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(15),
            knock: Duration::from_secs(15),
        }
    }
}

/// Amazon takes no more parts than this; the last may be short.
const MOST_PARTS: u64 = 10_000;

impl Tuning {
    /// The size of the parts in which a file of that length goes.
    pub fn part_of(&self, length: u64) -> u64 {
        self.part.max(length.div_ceil(MOST_PARTS).next_multiple_of(1 << 20))
    }

    pub fn parts_under_way(&self, part: u64) -> usize {
        (self.under_way / part.max(1)).max(1) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_only_where_there_would_be_too_many() {
        let tuning = Tuning::default();
        assert_eq!(tuning.part_of(1), 8 << 20);
        assert_eq!(tuning.part_of(80 << 30), 9 << 20);
        let large = tuning.part_of(5 << 40);
        assert!((5_u64 << 40).div_ceil(large) <= MOST_PARTS);
        assert_eq!(tuning.parts_under_way(8 << 20), 3);
        assert_eq!(tuning.parts_under_way(large), 1);
    }
}
