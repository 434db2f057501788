//! SQLite salts every `-wal` at random, so two samples from one seed would differ there. This
//! rewrites the salts from the seed, and the checksums that depend on them.

use std::fs;
use std::path::Path;

use crate::error::{At, Error, Result};
use crate::seed::Rng;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// For a `-wal` that no process has open, beside a database without `-shm`.
pub(crate) fn settle(path: &Path, seed: u64) -> Result<()> {
    let mut wal = fs::read(path).at(path)?;
    let broken = || Error::invalid(path.display().to_string(), "not a whole write-ahead log");
    if wal.len() < HEADER {
        return Err(broken());
    }
    let big = match word(&wal, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Err(broken()),
    };
    let page = word(&wal, 8) as usize;
    if page == 0 || !(wal.len() - HEADER).is_multiple_of(FRAME + page) {
        return Err(broken());
    }
    let mut rng = Rng::new(seed, "wal salts", 0);
    let salts = rng.next().to_be_bytes();
    wal[16..24].copy_from_slice(&salts);
    let mut sum = checksum((0, 0), &wal[..24], big);
    put(&mut wal[24..32], sum);
    for frame in wal[HEADER..].chunks_exact_mut(FRAME + page) {
        frame[8..16].copy_from_slice(&salts);
        sum = checksum(sum, &frame[..8], big);
        sum = checksum(sum, &frame[FRAME..], big);
        put(&mut frame[16..24], sum);
    }
    fs::write(path, wal).at(path)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn put(out: &mut [u8], sum: (u32, u32)) {
    out[..4].copy_from_slice(&sum.0.to_be_bytes());
    out[4..8].copy_from_slice(&sum.1.to_be_bytes());
}

fn checksum((mut a, mut b): (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let (x, y) = (word(pair, 0), word(pair, 4));
        let (x, y) = if big { (x, y) } else { (x.swap_bytes(), y.swap_bytes()) };
        a = a.wrapping_add(x).wrapping_add(b);
        b = b.wrapping_add(y).wrapping_add(a);
    }
    (a, b)
}
