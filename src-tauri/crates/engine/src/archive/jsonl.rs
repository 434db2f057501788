//! `files.jsonl`: a line of JSON for each entry, for those who restore by hand. The exact bytes
//! matter (they are hashed into the tree's sum), so they are written here and nowhere else.
use super::entry::{Entry, EntryKind, Place, Time};
use std::io::Write;

/// One line without its line feed. `located` adds what only this archive knows: class and extents.
pub fn line(entry: &Entry, located: bool, out: &mut Vec<u8>) {
    out.push(b'{');
    text_or_base64(out, "p", "pb", &entry.path);
    out.extend_from_slice(b",\"t\":\"");
    out.push(entry.kind.letter() as u8);
    out.push(b'"');
    if entry.kind == EntryKind::Gone {
        out.push(b'}');
        return;
    }
    let file = entry.kind == EntryKind::File;
    if file {
        let _ = write!(out, ",\"s\":{}", entry.size);
    }
    let owner = &entry.owner;
    let _ = write!(out, ",\"m\":\"{:04o}\",\"u\":{},\"g\":{}", entry.mode, owner.uid, owner.gid);
    for (key, name) in [("un", &owner.user), ("gn", &owner.group)] {
        if !name.is_empty() {
            let _ = write!(out, ",\"{key}\":");
            quoted(out, name);
        }
    }
    out.extend_from_slice(b",\"mt\":\"");
    time(out, entry.mtime);
    out.push(b'"');
    if file {
        out.extend_from_slice(b",\"h\":\"");
        let mut digits = [0; 64];
        // Cannot fail: the buffer is twice the hash.
        let _ = hex::encode_to_slice(hash_of(entry), &mut digits);
        out.extend_from_slice(&digits);
        out.push(b'"');
    } else if entry.kind != EntryKind::Dir {
        out.push(b',');
        text_or_base64(out, "l", "lb", &entry.link);
    }
    if !entry.xattrs.is_empty() {
        out.extend_from_slice(b",\"xa\":{");
        for (index, (name, value)) in entry.xattrs.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            quoted(out, &String::from_utf8_lossy(name));
            out.extend_from_slice(b":\"");
            base64(out, value);
            out.push(b'"');
        }
        out.push(b'}');
    }
    if entry.database {
        out.extend_from_slice(b",\"db\":true");
    }
    if located {
        let _ = write!(out, ",\"c\":\"{}\"", entry.class);
        if file {
            out.extend_from_slice(b",\"x\":[");
            for (index, extent) in entry.extents.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let _ = match extent.place {
                    Place::Hole => write!(out, "[-1,0,{}]", extent.length),
                    Place::At { archive, offset } => {
                        write!(out, "[{archive},{offset},{}]", extent.length)
                    }
                };
            }
            out.push(b']');
        }
    }
    out.push(b'}');
}

/// SHA-256 of nothing, for empty files, whose hash the index leaves out.
const EMPTY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

pub fn hash_of(entry: &Entry) -> &[u8; 32] {
    if entry.size == 0 { &EMPTY } else { &entry.sha256 }
}

/// Seconds since 1970 with nine decimals; also how tar's pax headers write a time.
pub fn time(out: &mut Vec<u8>, time: Time) {
    // A time before 1970 is -(whole + fraction): -1.75 is secs -2, nanos 250_000_000.
    if time.secs < 0 && time.nanos > 0 {
        let secs = -(time.secs + 1);
        let _ = write!(out, "-{secs}.{:09}", 1_000_000_000 - time.nanos);
    } else {
        let _ = write!(out, "{}.{:09}", time.secs, time.nanos);
    }
}

fn text_or_base64(out: &mut Vec<u8>, key: &str, key_base64: &str, bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = write!(out, "\"{key}\":");
        quoted(out, text);
    } else {
        let _ = write!(out, "\"{key_base64}\":\"");
        base64(out, bytes);
        out.push(b'"');
    }
}

/// As Python's `json.dumps(ensure_ascii=False)`.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..0x20 => {
                let _ = write!(out, "\\u{byte:04x}");
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            if digit <= group.len() {
                out.push(DIGITS[(number >> (18 - 6 * digit) & 63) as usize]);
            } else {
                out.push(b'=');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::entry::{Extent, Owner};
    use std::sync::Arc;

    #[test]
    fn lines_are_what_the_format_says() {
        let mut entry = Entry::gone(b"data/a \"b\"\n\xc3\xbc".to_vec());
        entry.kind = EntryKind::File;
        entry.mode = 0o640;
        entry.size = 7;
        entry.owner = Arc::new(Owner { uid: 1000, gid: 100, user: "bob".into(), group: String::new() });
        entry.mtime = Time { secs: 12, nanos: 5 };
        entry.sha256 = [0xab; 32];
        entry.xattrs = vec![(b"user.x".to_vec(), b"\xff".to_vec())];
        entry.extents = vec![
            Extent { place: Place::At { archive: 1, offset: 512 }, length: 5 },
            Extent { place: Place::Hole, length: 2 },
        ];
        let mut out = Vec::new();
        line(&entry, true, &mut out);
        let expected = format!(
            r#"{{"p":"data/a \"b\"\nü","t":"f","s":7,"m":"0640","u":1000,"g":100,"un":"bob","mt":"12.000000005","h":"{}","xa":{{"user.x":"/w=="}},"c":"files","x":[[1,512,5],[-1,0,2]]}}"#,
            "ab".repeat(32)
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut gone = Vec::new();
        line(&Entry::gone(b"\xff".to_vec()), true, &mut gone);
        assert_eq!(gone, br#"{"pb":"/w==","t":"-"}"#);
    }

    #[test]
    fn times_before_1970_keep_their_fraction() {
        let mut out = Vec::new();
        time(&mut out, Time { secs: -2, nanos: 250_000_000 });
        assert_eq!(out, b"-1.750000000");
    }

    #[test]
    fn base64_is_the_standard_one() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            let mut out = Vec::new();
            base64(&mut out, plain.as_bytes());
            assert_eq!(out, coded.as_bytes());
        }
    }
}
