//! Files that are written once: what somebody uploaded.
use crate::Class;

/// Folders in which chatbots keep what nobody writes to again. Not those of conversations or of texts made from documents:
/// who goes on with one that was put away, or has a page read again, may well make it shorter.
const FOLDERS: [&str; 5] = ["uploads", "upload", "attachments", "media", "binarydata"];

/// Endings of what is appended to, or is not whole yet, also there.
const WRITTEN_ON: [&str; 10] = ["jsonl", "ndjson", "log", "csv", "tsv", "lock", "part", "partial", "tmp", "crdownload"];

impl Class {
    /// Whether a file is written once, and never gets shorter by itself: an upload, an attachment, media, by the folder that
    /// it lies in. `path`: `ROOT/...`; any bytes.
    pub fn is_written_once(self, path: &[u8]) -> bool {
        let Some(slash) = path.iter().rposition(|byte| *byte == b'/') else { return false };
        let (folders, name) = (&path[..slash], &path[slash + 1..]);
        let one_of =
            |known: &[&str], word: &[u8]| known.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
        let ending = name.iter().rposition(|byte| *byte == b'.').map_or(&[][..], |dot| &name[dot + 1..]);
        self == Self::Files
            && folders.split(|byte| *byte == b'/').any(|folder| one_of(&FOLDERS, folder))
            && !one_of(&WRITTEN_ON, ending)
            && !name.ends_with(b"~")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_once_is_told_by_its_folder_and_its_class() {
        let once = |path: &str| Class::Files.is_written_once(path.as_bytes());
        let kept = ["data/uploads/scan.pdf", "uploads/a", "bot/.n8n/binaryData/a", "data/Uploads/x/y/notes.txt"];
        for path in kept {
            assert!(once(path), "{path}");
        }
        let written = [
            "data/conversations/active/1.json",
            "data/conversations/archived/1.json",
            "bot/storage/documents/custom/a.json",
            "data/uploads",
            "uploads",
            "data/uploads/history.jsonl",
            "data/uploads/events.LOG",
            "data/uploads/scan.pdf.part",
            "data/my uploads/scan.pdf",
            "data/characters/card.png",
        ];
        for path in written {
            assert!(!once(path), "{path}");
        }
        for class in Class::ALL.into_iter().filter(|class| *class != Class::Files) {
            assert!(!class.is_written_once(b"data/uploads/scan.pdf"), "{class}");
        }
    }
}
