//! Long and short runs, chance that can be repeated, and what could not be tested here.
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// `HOLDFAST_TEST_LONG=1`: full sizes and counts.
pub fn long() -> bool {
    std::env::var_os("HOLDFAST_TEST_LONG").is_some_and(|value| value == "1")
}

/// Says what is not tested here, and why; also where the test harness keeps output to itself.
pub fn skipped(what: &str, why: &str) {
    let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    let _ = writeln!(std::io::stderr(), "skipped ({count} in this program): {what}: {why}");
}

/// Numbers by chance, from a seed that can be given again.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// From `HOLDFAST_TEST_SEED`, or from the clock; the seed is printed with a test that fails.
pub fn random() -> Random {
    let given = std::env::var("HOLDFAST_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64 % 1_000_000_007)
    });
    println!("HOLDFAST_TEST_SEED={seed} repeats this");
    Random(seed)
}

/// Bytes that do not compress.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
