use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::Answer;
use holdfast_api::words::{count_words, printable, size_words};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast salvage latest --into /tmp/rescued
  holdfast salvage /media/drive/Holdfast/chatbot/chatbot_2026-11-21T020000Z_weekly-full.tar.zst.age --into /tmp/rescued

For archives that are damaged or cut: an undamaged one is better restored.")]
pub struct Args {
    /// An archive's name, a time, 'latest', or the path of an archive's file
    archive: String,
    /// An empty or new folder
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// The deployment, where the archive's name does not say it
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    // Salvage takes what it can get: a signature that cannot be confirmed is said, and stops nothing.
    let keys = session.keys(true)?;
    let deployment = args.deployment.as_deref();
    let answer = session.service.salvage(deployment, &args.archive, &args.into, &keys, &session.job)?;
    let out = &session.out;
    out.say(format!(
        "Salvaged {}, {}, into {}",
        count_words(answer.files, "file", "files"),
        size_words(answer.bytes),
        printable(&answer.into.display().to_string())
    ));
    if !answer.listed {
        out.say("  The archive's list of files could not be read: what is missing cannot be named.");
    } else if answer.problems.is_empty() {
        out.say("  Nothing is missing.");
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}
