use super::browse::{Compare, no_folders};
use super::show::{Opened, ShowArgs, info};
use crate::{Answer, Keys, Service};
use holdfast_domain::lines::{self, Line};
use holdfast_domain::masking;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::browse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct TextArgs {
    pub deployment: Option<String>,
    pub archive: String,
    /// `ROOT/...`
    pub path: String,
    pub compare: Option<Compare>,
    /// At most 1 MiB is read.
    pub limit_bytes: u64,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

/// A file's content, as far as it is text.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct TextAnswer {
    pub path: String,
    pub size: u64,
    pub modified: Timestamp,
    pub kind: TextKind,
    /// There is more than is shown.
    pub truncated: bool,
    /// Values of secrets come covered.
    pub masked: bool,
    pub lines: Vec<TextLine>,
    /// Of what it is compared with; `None` where it is not there, too.
    pub other_modified: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum TextKind {
    Text,
    /// There is nothing to show.
    Binary,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct TextLine {
    pub text: String,
    pub side: LineSide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum LineSide {
    Both,
    /// Only in this archive.
    Here,
    /// Only in what it is compared with.
    Other,
}

const MOST: u64 = 1 << 20;

/// The start of a file.
struct Start {
    bytes: Vec<u8>,
    size: u64,
    modified: Timestamp,
}

impl Service {
    /// A file out of an archive, to be looked at: that needs the key. Secrets are covered here, so that they never come to
    /// a window. What is in one side alone of a comparison is told line by line.
    pub fn preview_text(&self, args: &TextArgs) -> Answer<TextAnswer> {
        let limit = args.limit_bytes.min(MOST);
        let job = Job::silent(self.clock().clone());
        let opened = self.content_of(args, &args.archive)?;
        let here = opened.start(&args.path, limit, &job)?;
        let other = match &args.compare {
            None => None,
            Some(Compare::Archive { archive }) => {
                // That it does not hold the file is an answer.
                let opened = self.content_of(args, archive.as_str())?;
                let held = opened.holds(&args.path)?;
                held.then(|| opened.start(&args.path, limit, &job)).transpose()?
            }
            Some(Compare::Now) => {
                let mut notes = Vec::new();
                let catalog = self.catalog(&mut notes)?;
                let profile = self.choose(&catalog, args.deployment.as_deref(), &args.archive)?.profile;
                let profile = profile.ok_or_else(|| no_folders(&args.archive))?;
                let live = browse::live_start(&profile, args.path.as_bytes(), limit)?;
                live.map(|live| Start { bytes: live.bytes, size: live.size, modified: modified(live.mtime) })
            }
        };
        let compared = args.compare.is_some();
        let name = args.path.rsplit('/').next().unwrap_or_default();
        let sides = [Some(&here), other.as_ref()];
        let binary = sides.iter().flatten().any(|side| is_binary(&side.bytes));
        let cut = sides.iter().flatten().any(|side| side.size > side.bytes.len() as u64);
        let mut answer = TextAnswer {
            path: args.path.clone(),
            size: here.size,
            modified: here.modified,
            kind: if binary { TextKind::Binary } else { TextKind::Text },
            truncated: cut && !binary,
            masked: false,
            lines: Vec::new(),
            other_modified: other.as_ref().map(|other| other.modified),
        };
        if !binary {
            let other = other.map(|other| other.bytes).unwrap_or_default();
            (answer.lines, answer.masked) = shown(name, &here.bytes, compared.then_some(&other[..]));
        }
        Ok(answer)
    }

    fn content_of(&self, args: &TextArgs, archive: &str) -> Answer<Opened> {
        self.open(&ShowArgs {
            deployment: args.deployment.clone(),
            archive: archive.to_owned(),
            content: true,
            keys: args.keys.clone(),
        })
    }
}

impl Opened {
    fn holds(&self, path: &str) -> Answer<bool> {
        match self.details(Path::new(path)) {
            Ok(_) => Ok(true),
            Err(failure) if failure.code == holdfast_domain::Code::NothingToRestore => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn start(&self, path: &str, limit: u64, job: &Job) -> Answer<Start> {
        let entry = self.content_entry(Path::new(path))?;
        let mut bytes = Vec::new();
        browse::read_start(self.readers(), &entry, limit, &mut bytes, job)?;
        Ok(Start { bytes, size: entry.size, modified: info(&entry).modified })
    }
}

fn modified(at: std::time::SystemTime) -> Timestamp {
    Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Text is UTF-8 without NUL; what a limit cut in two at the end does not count.
fn is_binary(bytes: &[u8]) -> bool {
    let broken = |e: std::str::Utf8Error| e.error_len().is_some() || bytes.len() - e.valid_up_to() > 3;
    bytes.contains(&0) || std::str::from_utf8(bytes).err().is_some_and(broken)
}

/// Compared as they are, shown with secrets covered: so a secret that was changed is seen to be another.
fn shown(name: &str, here: &[u8], other: Option<&[u8]>) -> (Vec<TextLine>, bool) {
    let (here, masked_here, covered) = lines_of(name, here);
    let Some(other) = other else {
        let lines = masked_here.into_iter().map(|text| TextLine { text, side: LineSide::Both });
        return (lines.collect(), covered);
    };
    let (other, masked_other, other_covered) = lines_of(name, other);
    let lines = lines::compare(&here, &other).into_iter().map(|line| match line {
        Line::Both(at) => TextLine { text: masked_here[at].clone(), side: LineSide::Both },
        Line::Here(at) => TextLine { text: masked_here[at].clone(), side: LineSide::Here },
        Line::Other(at) => TextLine { text: masked_other[at].clone(), side: LineSide::Other },
    });
    (lines.collect(), covered || other_covered)
}

/// The lines, the same with secrets covered, and whether there are any.
fn lines_of(name: &str, bytes: &[u8]) -> (Vec<String>, Vec<String>, bool) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return (Vec::new(), Vec::new(), false);
    }
    let (masked, covered) = masking::mask(name, text);
    let lines = |text: &str| text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect();
    (lines(text), lines(&masked), covered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_binary_and_a_cut_letter_is_none() {
        assert!(!is_binary("Grüße".as_bytes()) && !is_binary(b""));
        assert!(!is_binary(&"ü".as_bytes()[..1]));
        assert!(is_binary(b"SQLite format 3\0") && is_binary(b"\xff\xfe text"));
    }

    #[test]
    fn a_secret_that_changed_is_seen_to_and_not_shown() {
        let (lines, masked) = shown(".env", b"A=1\nAPI_KEY=old\n", Some(b"A=1\nAPI_KEY=new\nB=2\n"));
        let said: Vec<(&str, LineSide)> = lines.iter().map(|line| (line.text.as_str(), line.side)).collect();
        assert!(masked);
        assert_eq!(
            said,
            [
                ("A=1", LineSide::Both),
                ("API_KEY=••••••••", LineSide::Other),
                ("B=2", LineSide::Other),
                ("API_KEY=••••••••", LineSide::Here)
            ]
        );
        assert_eq!(shown("a", b"", Some(b"x")).0, [TextLine { text: "x".to_owned(), side: LineSide::Other }]);
        assert_eq!(shown("a", b"\n", None).0.len(), 0);
    }
}
