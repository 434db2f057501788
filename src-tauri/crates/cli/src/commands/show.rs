use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, table};
use holdfast_api::words::{count_words, number_words, printable, size_words};
use holdfast_api::{Answer, Code, EntryInfo, Exit, Failure, Opened, ShowArgs};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast show latest
  holdfast show latest data/uploads
  holdfast show 'yesterday 14:30' --find '**/*.json'
  holdfast show chatbot_2026-11-21T020000Z_weekly-full data/config.json --cat
  holdfast show /media/drive/Holdfast/chatbot/chatbot_2026-11-21T020000Z_weekly-full.tar.zst.age

Lists need no passphrase as long as the catalog knows the archive; --cat does.")]
pub struct Args {
    /// An archive's name, a time, 'latest', or the path of an archive's file
    archive: String,
    /// A folder or file in it, such as data/uploads
    path: Option<PathBuf>,
    /// List everything below, and not the folder alone
    #[arg(long, short)]
    recursive: bool,
    /// Find what fits a pattern, or holds a text where it is none
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["path", "recursive", "cat"])]
    find: Option<String>,
    /// Write the file's content to standard output
    #[arg(long, requires = "path", conflicts_with = "recursive")]
    cat: bool,
    /// The deployment, where the archive's name does not say it
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
    /// Open an archive that is not signed by its deployment's key
    #[arg(long)]
    accept_unverified: bool,
}

/// So many finds are shown.
const FOUND_SHOWN: usize = 1000;
/// Bytes of a listing that are written at a time.
const PAGE: usize = 32 << 10;

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.cat && session.out.json {
        let cause = "--cat writes the file itself, so there is no place for --json";
        return Err(Failure::new(Code::BadRequest, "the command", cause));
    }
    let request = ShowArgs {
        deployment: args.deployment,
        archive: args.archive,
        content: args.cat,
        keys: session.keys(args.accept_unverified)?,
    };
    let opened = session.service.open(&request)?;
    session.out.notes(&opened.answer.problems);
    let path = args.path.unwrap_or_default();
    if args.cat {
        return cat(&opened, &path, session);
    }
    if let Some(pattern) = &args.find {
        let (found, more) = opened.find(pattern, FOUND_SHOWN, &session.job)?;
        for entry in &found {
            session.out.line(line(entry, &session.out));
        }
        if more {
            session.out.aside(format!("There are more than {FOUND_SHOWN}; narrow the pattern."));
        }
        if found.is_empty() {
            session.out.aside("Nothing fits.");
        }
        let ending = Ending::new(opened.answer.outcome, &opened.answer.problems, &opened.answer);
        return Ok(ending.with("entries", &found).with("truncated", &more));
    }
    list(&opened, &path, args.recursive, session)
}

/// Standard output, remembering that its reader went away.
struct Pipe {
    out: std::io::StdoutLock<'static>,
    gone: bool,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes);
        self.gone |= written.as_ref().is_err_and(|e| e.kind() == ErrorKind::BrokenPipe);
        written
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = self.out.flush();
        self.gone |= flushed.as_ref().is_err_and(|e| e.kind() == ErrorKind::BrokenPipe);
        flushed
    }
}

fn cat(opened: &Opened, path: &Path, session: &Session) -> Answer<Ending> {
    session.out.clear();
    let mut pipe = Pipe { out: std::io::stdout().lock(), gone: false };
    let written = opened
        .cat(path, &mut pipe, &session.job)
        .and_then(|_| pipe.flush().map_err(|e| Failure::new(Code::InputOutput, "standard output", e)));
    let exit = match written {
        Ok(()) => Exit::Done,
        // `| head` has seen enough, and needs no message.
        Err(_) if pipe.gone => Exit::Failed,
        Err(failure) => return Err(failure),
    };
    Ok(Ending { exit, object: serde_json::Value::Null })
}

fn list(opened: &Opened, path: &Path, recursive: bool, session: &Session) -> Answer<Ending> {
    let out = &session.out;
    let mut entries = Vec::new();
    let single = !path.as_os_str().is_empty() && opened.details(path)?.kind != "folder";
    if path.as_os_str().is_empty() && !recursive {
        head(opened, out);
    }
    // A write for each of a hundred thousand lines would take longer than all the rest.
    let mut page = String::new();
    opened.list(path, recursive, &session.job, |entry| {
        if single {
            details(&entry, out);
        } else if !out.json {
            page.push_str(&line(&entry, out));
            page.push('\n');
            if page.len() >= PAGE {
                out.text(&page);
                page.clear();
            }
        }
        // Only the one object needs them all at once.
        if out.json {
            entries.push(entry);
        }
        Ok(())
    })?;
    out.text(&page);
    let ending = Ending::new(opened.answer.outcome, &opened.answer.problems, &opened.answer);
    Ok(ending.with("entries", &entries).with("truncated", &false))
}

fn head(opened: &Opened, out: &Out) {
    let answer = &opened.answer;
    out.line(answer.archive.as_str());
    let needs: Vec<String> = answer.needs.iter().map(ToString::to_string).collect();
    let facts = [
        ("made", out.when(answer.created)),
        ("deployment", format!("{} on {}", answer.deployment, printable(&answer.host))),
        ("level", format!("{}, {}", answer.level, answer.kind)),
        ("holds", format!("{}, {}", count_words(answer.files, "file", "files"), size_words(answer.bytes))),
        ("needs", needs.join(" ")),
        ("file", printable(&answer.path.display().to_string())),
    ];
    out.lines(table::facts(&facts));
    for root in &answer.roots {
        out.line(format!("  {}/ is {}", printable(&root.name), printable(&root.path.display().to_string())));
    }
    if !answer.made_with.is_empty() {
        let count = count_words(answer.made_with.len() as u64, "problem", "problems");
        out.line(format!("It was made with {count} or notices:"));
        for note in &answer.made_with {
            out.line(format!("  {} ({})", printable(&note.title), printable(&note.cause)));
        }
    }
    out.line("");
}

/// As `ls -l` shows it.
fn line(entry: &EntryInfo, out: &Out) -> String {
    let arrow = match (entry.kind, &entry.link) {
        ("link", Some(target)) => format!(" -> {}", printable(target)),
        ("hardlink", Some(same)) => format!(" = {}", printable(same)),
        _ => String::new(),
    };
    let size = if entry.kind == "file" { size_words(entry.size) } else { String::new() };
    format!(
        "{}  {:<8} {:<8} {size:>8}  {}  {}{arrow}",
        permissions(entry),
        entry.user,
        entry.group,
        out.local(entry.modified),
        printable(&entry.path)
    )
}

fn permissions(entry: &EntryInfo) -> String {
    let mode = entry.permissions;
    let kind = match entry.kind {
        "folder" => 'd',
        "link" => 'l',
        "hardlink" => 'h',
        _ => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, false) => 'x',
            (false, false) => '-',
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
        });
    }
    text
}

fn details(entry: &EntryInfo, out: &Out) {
    let database = if entry.database { ", an SQLite database captured as one consistent state" } else { "" };
    let exact = if entry.size < 1000 { String::new() } else { format!(" ({} bytes)", number_words(entry.size)) };
    let size = size_words(entry.size) + &exact;
    let facts = [
        ("kind", format!("{}{database}", entry.kind)),
        ("component", entry.class.to_string()),
        ("size", if entry.kind == "file" { size } else { String::new() }),
        ("changed", out.when(entry.modified)),
        ("permissions", format!("{} {}:{}", entry.mode, printable(&entry.user), printable(&entry.group))),
        ("points to", entry.link.as_deref().map(printable).unwrap_or_default()),
        ("SHA-256", entry.sha256.clone().unwrap_or_default()),
    ];
    out.line(printable(&entry.path));
    out.lines(table::facts(&facts));
}
