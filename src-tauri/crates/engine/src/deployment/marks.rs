//! What shows what a file is: first bytes and well-known names.

/// The first 16 bytes of every SQLite database, whatever its name.
pub const SQLITE_HEADER: [u8; 16] = *b"SQLite format 3\0";

const CACHEDIR_SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// Whether the content of a file named `CACHEDIR.TAG` marks its folder as a cache. A file that
/// merely has the name marks nothing.
pub fn is_cachedir_tag(content: &[u8]) -> bool {
    content.starts_with(CACHEDIR_SIGNATURE)
}

/// Needs the first 16 bytes. An encrypted (`SQLCipher`) or an empty database is not recognised.
pub fn looks_like_sqlite(first: &[u8]) -> bool {
    first.starts_with(&SQLITE_HEADER)
}

/// What SQLite keeps beside a database, under its name and one of these endings.
pub const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The name or path of the database that a sidecar belongs to, by its own name or path alone: such a database need not be
/// there, nor be one. `None` for everything else.
pub fn database_of_sidecar(name: &[u8]) -> Option<&[u8]> {
    SIDECARS.iter().find_map(|ending| name.strip_suffix(ending.as_bytes())).filter(|database| !database.is_empty())
}

/// Whether a size can be that of a database: spares opening almost every other file.
pub(super) fn may_be_sqlite(size_bytes: u64) -> bool {
    size_bytes >= 512 && size_bytes.is_multiple_of(512)
}

/// Whether a name is a UUID, as Chroma names its segments' folders.
pub(super) fn is_uuid(name: &[u8]) -> bool {
    name.len() == 36
        && name.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signed_tag_marks_a_cache() {
        assert!(is_cachedir_tag(b"Signature: 8a477f597d28d172789f06886806bc55\n# made by cargo"));
        assert!(!is_cachedir_tag(b"Signature: 8a477f"));
        assert!(!is_cachedir_tag(b""));
    }

    #[test]
    fn a_database_shows_in_its_first_bytes() {
        assert!(looks_like_sqlite(b"SQLite format 3\0\x10\x00"));
        assert!(!looks_like_sqlite(b"SQLite format 3"));
    }

    #[test]
    fn a_sidecar_names_its_database() {
        assert_eq!(database_of_sidecar(b"data/chat.db-wal"), Some(&b"data/chat.db"[..]));
        assert_eq!(database_of_sidecar(b"chat.db-journal"), Some(&b"chat.db"[..]));
        assert_eq!(database_of_sidecar(b"chat.db"), None);
        assert_eq!(database_of_sidecar(b"-wal"), None);
    }

    #[test]
    fn segments_are_named_by_uuid() {
        assert!(is_uuid(b"0a1b2c3d-0000-4000-8000-0123456789ab"));
        assert!(!is_uuid(b"0a1b2c3d-0000-4000-8000-0123456789a"));
        assert!(!is_uuid(b"0a1b2c3dx0000-4000-8000-0123456789ab"));
    }
}
