//! What a file's name promises of its content, and whether its beginning is noise.

/// The form that a file has by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    Text,
    /// It begins with one of these, or bears it within the first kilobyte.
    Begins(&'static [&'static [u8]]),
}

const TEXT: [&str; 40] = [
    "json",
    "jsonl",
    "ndjson",
    "md",
    "markdown",
    "txt",
    "text",
    "csv",
    "tsv",
    "yaml",
    "yml",
    "toml",
    "ini",
    "env",
    "conf",
    "cfg",
    "properties",
    "html",
    "htm",
    "xml",
    "svg",
    "css",
    "js",
    "mjs",
    "ts",
    "tsx",
    "jsx",
    "py",
    "rb",
    "go",
    "rs",
    "sh",
    "sql",
    "rst",
    "tex",
    "ipynb",
    "vtt",
    "srt",
    "eml",
    "ics",
];

const FORMS: [(&[&str], &[&[u8]]); 10] = [
    (&["pdf"], &[b"%PDF"]),
    (&["png"], &[b"\x89PNG"]),
    (&["jpg", "jpeg"], &[b"\xff\xd8\xff"]),
    (&["gif"], &[b"GIF8"]),
    (&["webp", "wav", "avi"], &[b"RIFF"]),
    (&["docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "zip", "jar"], &[b"PK\x03\x04", b"PK\x05\x06"]),
    (&["doc", "xls", "ppt"], &[b"\xd0\xcf\x11\xe0"]),
    (&["gz", "tgz"], &[b"\x1f\x8b"]),
    (&["mp4", "m4a", "mov", "heic"], &[b"ftyp", b"moov", b"mdat"]),
    (&["sqlite", "sqlite3"], &[b"SQLite format 3\0"]),
];

/// Of what is noise by nature: compressed, or a form of its own.
const KNOWN: [&[u8]; 22] = [
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"BZh",
    b"7z\xbc\xaf",
    b"\x04\x22\x4d\x18",
    b"Rar!",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\x93NUMPY",
    b"GGUF",
    b"SQLite format 3\0",
    b"\x7fELF",
    b"wOF2",
];

/// `path`: any bytes; only its last component counts. `None` for names that promise nothing.
pub fn promise(path: &[u8]) -> Option<Promise> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let ending = ending(name)?.to_ascii_lowercase();
    let ending = std::str::from_utf8(&ending).ok()?;
    if TEXT.contains(&ending) {
        return Some(Promise::Text);
    }
    FORMS.iter().find(|(endings, _)| endings.contains(&ending)).map(|(_, begins)| Promise::Begins(begins))
}

/// `.env` and `a.env` both end in `env`.
fn ending(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    Some(&name[dot + 1..]).filter(|ending| !ending.is_empty() && ending.len() <= 12)
}

/// Whether the beginning of a file keeps what its name promises, or may: only noise breaks a promise. Too little to
/// judge by keeps it.
pub fn keeps(promise: Promise, head: &[u8]) -> bool {
    let begins = match promise {
        Promise::Text => false,
        Promise::Begins(forms) => forms.iter().any(|form| holds(&head[..head.len().min(1024)], form)),
    };
    begins || is_known(head) || !is_noise(head)
}

/// It begins as something that looks like noise and is none.
fn is_known(head: &[u8]) -> bool {
    KNOWN.iter().any(|form| head.starts_with(form)) || head.get(4..8) == Some(b"ftyp")
}

fn holds(head: &[u8], form: &[u8]) -> bool {
    head.windows(form.len()).any(|window| window == form)
}

/// The least that can be judged.
const LEAST: usize = 64;

/// Whether bytes are as even as chance: encrypted or compressed. Text in any encoding, base64 and what programs write in
/// their own forms are less so.
pub fn is_noise(head: &[u8]) -> bool {
    if head.len() < LEAST || is_known(head) {
        return false;
    }
    let mut counts = [0u32; 256];
    for byte in head {
        counts[usize::from(*byte)] += 1;
    }
    let length = head.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    // So much has a stretch of chance of this length, nearly.
    let most = length.min(256.0).log2();
    let share = if head.len() < 1024 { 0.87 } else { 0.965 };
    let control = |byte: usize| byte < 9 || (14..32).contains(&byte) || byte == 127;
    let controls: u32 = (0..256).filter(|byte| control(*byte)).map(|byte| counts[byte]).sum();
    // A tenth of all bytes; text has none.
    entropy >= share * most && u64::from(controls) * 25 >= head.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Even bytes from a small generator.
    fn chance(length: usize, seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let byte = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        };
        (0..length).map(byte).collect()
    }

    #[test]
    fn chance_is_noise_at_any_length_and_text_is_none() {
        for length in [64, 100, 200, 256, 500, 1000, 1024, 2000, 4096] {
            let found = (1..=200).filter(|seed| is_noise(&chance(length, *seed))).count();
            assert!(found >= 185, "{found} of 200 at {length}");
        }
        let text = r#"{"role":"user","content":"Wie spät ist es? 今何時ですか。","at":1763900000.25}"#.repeat(60);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let floats: Vec<u8> = (0..1024u32).flat_map(|n| (n as f32).sin().to_le_bytes()).collect();
        let base64 = "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz+/8=".repeat(40);
        for (what, bytes) in [
            ("text", text.as_bytes()),
            ("utf-16", &utf16),
            ("numbers", &floats),
            ("base64", base64.as_bytes()),
            ("zeros", &[0; 4096]),
            ("nothing", b""),
        ] {
            // Of numbers a little is as even as chance; no name that promises a form goes with them.
            let ends = if what == "numbers" { &[1024, 4096][..] } else { &[64, 128, 512, 1024, 4096] };
            for end in ends.iter().copied() {
                assert!(!is_noise(&bytes[..bytes.len().min(end)]), "{what} to {end}");
            }
        }
    }

    #[test]
    fn names_promise_a_form_and_only_noise_breaks_it() {
        assert_eq!(promise(b"data/config/.env"), Some(Promise::Text));
        assert_eq!(promise(b"data/Chat.JSON"), Some(Promise::Text));
        assert!(matches!(promise(b"a/scan.pdf"), Some(Promise::Begins(_))));
        for nothing in [&b"a/data_level0.bin"[..], b"a/noending", b"a/chat.json.locked", b"a/x.", b"a.json/x"] {
            assert_eq!(promise(nothing), None, "{}", String::from_utf8_lossy(nothing));
        }
        let noise = chance(4096, 7);
        let pdf = [b"%PDF-1.7\n", &noise[..]].concat();
        let form = promise(b"scan.pdf").unwrap();
        assert!(keeps(form, &pdf) && !keeps(form, &noise));
        assert!(keeps(form, b"a note that somebody called a PDF. ".repeat(10).as_slice()), "wrong, and no noise");
        let zipped = [b"PK\x03\x04", &noise[..]].concat();
        assert!(keeps(Promise::Text, &zipped), "a workbook that is called a table");
        assert!(keeps(Promise::Text, &noise[..40]), "too little to say");
        assert!(!keeps(Promise::Text, &noise));
    }
}
