use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use clap::ValueEnum;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{Answer, Envelope, ExportAnswer, ExportArgs, ExportPreview, Outcome};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast export --to /media/stick
  holdfast export chatbot --at 'yesterday 14:30' --to /media/stick
  holdfast export --to /media/stick --format openpgp
  holdfast export --to /media/stick --dry-run

Makes one archive that needs no other, out of those that are there: the chatbot is not touched. Beside it lie the \
                  instructions, the sealed recovery key, restore.py and this program. With the drive and the \
                  passphrase, any machine restores it.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// An archive's name, a time, 'latest', or the path of an archive's file
    #[arg(long, value_name = "ARCHIVE|TIME", default_value = "latest")]
    at: String,
    /// The drive or folder; it must be there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// What the archive is sealed in
    #[arg(long, value_name = "FORMAT", default_value = "age")]
    format: Format,
    /// Cut an archive that is longer into volumes, such as 2GB; by default only where the file system cannot hold it
    #[arg(long, value_name = "SIZE", value_parser = super::destination::size)]
    volume_size: Option<u64>,
    /// Show what would be made and how much room it takes, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not put this program beside the archive
    #[arg(long)]
    no_program: bool,
    /// Use archives that are not signed by their deployment's key
    #[arg(long)]
    accept_unverified: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// age: single files come out quickly
    Age,
    /// OpenPGP with AES-256, which stock gpg opens; it is read from its start each time
    Openpgp,
}

impl From<Format> for Envelope {
    fn from(format: Format) -> Self {
        match format {
            Format::Age => Self::Age,
            Format::Openpgp => Self::Openpgp,
        }
    }
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let request = ExportArgs {
        deployment: args.name,
        at: args.at,
        to: args.to,
        envelope: args.format.into(),
        volume_bytes: args.volume_size,
        program: !args.no_program,
        keys: session.keys(args.accept_unverified)?,
    };
    let planned = session.service.plan_export(&request, &session.job)?;
    show(&planned.preview, args.dry_run, &session.out);
    if args.dry_run {
        let ending = Ending::new(Outcome::Done, &planned.preview.problems, &planned.preview);
        return Ok(ending.with("outcome", &"done").with("dry_run", &true));
    }
    let answer = session.service.export(planned, &session.job)?;
    told(&answer, session);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer).with("dry_run", &false))
}

fn show(preview: &ExportPreview, dry_run: bool, out: &Out) {
    let say = |text: String| if dry_run { out.line(text) } else { out.say(text) };
    say(format!("Export {} as of {}", preview.deployment, out.when(preview.created)));
    let reads: Vec<&str> = preview.reads.iter().map(holdfast_api::ArchiveName::as_str).collect();
    say(format!("  out of {}", reads.join(", ")));
    say(format!("  to {}", printable(&preview.path.display().to_string())));
    say(format!("  {}, {}", count_words(preview.files, "file", "files"), size_words(preview.bytes)));
    say(format!("  about {} to write, {} free", size_words(preview.needed_bytes), size_words(preview.free_bytes)));
    if dry_run {
        out.notes(&preview.problems);
        say("Nothing was written.".to_owned());
    }
}

fn told(answer: &ExportAnswer, session: &Session) {
    let out = &session.out;
    let with = if answer.outcome == Outcome::Problems { ", with problems" } else { "" };
    out.say(format!(
        "Exported {}{with}: {}, {} stored, read back and compared, in {}",
        answer.deployment,
        count_words(answer.files, "file", "files"),
        size_words(answer.stored_bytes),
        out.elapsed()
    ));
    out.say(format!("  {}", printable(&answer.path.display().to_string())));
    out.say("  Everything is on the disk. A drive may now be ejected.");
    out.notes(&answer.problems);
}
