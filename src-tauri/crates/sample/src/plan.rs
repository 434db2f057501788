//! How many bytes and files each part of a deployment gets.

use crate::error::{Error, Result};
use crate::size::human;

pub(crate) const SMALLEST: u64 = 5_000_000;
pub(crate) const LARGEST: u64 = 20_000_000_000;
/// The part that is not the disk image, in a sparse deployment.
const SPARSE_CORE_MAX: u64 = 500_000_000;
const SPARSE_DATA_MAX: u64 = 300_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) webui: u64,
    pub(crate) vectors: u64,
    pub(crate) conversations: u64,
    pub(crate) conversation_bytes: u64,
    pub(crate) uploads: u64,
    pub(crate) logs: u64,
    pub(crate) cache: u64,
    pub(crate) models: u64,
    pub(crate) image: Option<Image>,
}

/// `big.img`: mostly holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) size: u64,
    pub(crate) data: u64,
}

impl Plan {
    pub(crate) fn new(size: u64, files: Option<u64>, sparse: bool) -> Result<Self> {
        if !(SMALLEST..=LARGEST).contains(&size) {
            return Err(Error::invalid(
                human(size),
                format!("a deployment has {} to {}", human(SMALLEST), human(LARGEST)),
            ));
        }
        let core = if sparse { (size / 10).clamp(SMALLEST.min(size / 2), SPARSE_CORE_MAX) } else { size };
        let image =
            sparse.then(|| Image { size: size - core, data: ((size - core) / 50).clamp(1_000_000, SPARSE_DATA_MAX) });
        // 200 files at 5 MB and 20,000 at 2 GB.
        let conversations = files.unwrap_or_else(|| (200.0 * (core as f64 / 5e6).powf(0.7686)).round() as u64);
        let conversation_bytes = core / 10;
        Ok(Self {
            webui: core / 100 * 24,
            vectors: core / 100 * 20,
            conversations,
            conversation_bytes,
            // What is left after the rest and the 4 % of the vector store's own database.
            uploads: core / 100 * 34,
            logs: core / 100 * 3,
            cache: core / 100 * 2,
            models: core / 100 * 3,
            image,
        })
    }

    /// Bytes of an average conversation file.
    pub(crate) fn conversation_mean(&self) -> u64 {
        (self.conversation_bytes / self.conversations.max(1)).clamp(1_100, 12_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_grow_slower_than_bytes() {
        let small = Plan::new(5_000_000, None, false).unwrap();
        let large = Plan::new(2_000_000_000, None, false).unwrap();
        assert_eq!(small.conversations, 200);
        assert!((19_900..20_100).contains(&large.conversations));
        assert_eq!(Plan::new(5_000_000, Some(9), false).unwrap().conversations, 9);
    }

    #[test]
    fn a_sparse_deployment_is_mostly_image() {
        let image = Plan::new(LARGEST, None, true).unwrap().image.unwrap();
        assert!(image.size > 19_000_000_000 && image.data == 300_000_000);
    }

    #[test]
    fn sizes_outside_the_range_are_refused() {
        assert!(Plan::new(SMALLEST - 1, None, false).is_err());
        assert!(Plan::new(LARGEST + 1, None, false).is_err());
    }
}
