use crate::media::Volume;
use holdfast_domain::ArchiveName;
use std::fmt::Write;

const JOINED: &str = "# joined ";

/// What `sha256sum -c` checks: a line for the file, or one for each volume. The hash of the joined volumes stands in a
/// comment.
pub(super) fn text(name: &ArchiveName, sha256: &[u8; 32], volumes: &[Volume]) -> String {
    let (file, whole) = (name.file_name(), hex::encode(sha256));
    if volumes.len() < 2 {
        return format!("{whole}  {file}\n");
    }
    let mut text = format!("{JOINED}{whole}  {file}\n");
    for (number, volume) in (1..).zip(volumes) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}  {file}.{number:03}", hex::encode(volume.sha256));
    }
    text
}

/// The hash of the whole archive.
pub(super) fn of_whole(text: &str) -> Option<[u8; 32]> {
    let joined = text.lines().find_map(|line| line.strip_prefix(JOINED));
    let line = joined.or_else(|| text.lines().find(|line| !line.starts_with('#')))?;
    let mut hash = [0; 32];
    hex::decode_to_slice(line.split_whitespace().next()?, &mut hash).ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_the_whole_is_found_again() {
        let name = ArchiveName::parse("bot_2026-11-21T020000Z_daily").unwrap();
        let whole = text(&name, &[7; 32], &[]);
        assert_eq!(whole.lines().count(), 1);
        assert_eq!(of_whole(&whole), Some([7; 32]));
        let volumes = [1, 2].map(|n| Volume { bytes: 4, sha256: [n; 32] });
        let cut = text(&name, &[7; 32], &volumes);
        assert_eq!(of_whole(&cut), Some([7; 32]));
        assert!(cut.lines().nth(2).unwrap().ends_with("bot_2026-11-21T020000Z_daily.tar.zst.age.002"), "{cut}");
        assert_eq!(text(&name, &[7; 32], &volumes[..1]), whole);
        for bad in ["", "# joined 12", "12  x", "#"] {
            assert_eq!(of_whole(bad), None, "{bad}");
        }
    }
}
