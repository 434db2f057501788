use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::words::printable;
use holdfast_api::{Answer, Code, DeploymentName, Failure, Keys, KitAnswer, KitPlace};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key kit --output kit.html --open
  holdfast key kit chatbot --output - | lp

The page holds the key itself: whoever has it can read every archive. Print it, prove the print with holdfast \
key check, delete the file. Holdfast keeps no copy.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// The file to write, which must not exist; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Open the page in the browser, to print it from there
    #[arg(long)]
    open: bool,
}

const PAGE: &str = "the recovery kit";

pub fn run(args: &Args, session: &Session) -> Answer<Ending> {
    let name = args.name.as_deref();
    let keys = session.keys(false)?;
    if args.output.as_os_str() != "-" {
        let answer = write(name, &args.output, args.open, &keys, session)?;
        return Ok(Ending::new(answer.outcome, &answer.problems, &answer));
    }
    if session.out.json || args.open {
        let cause = "on standard output there is room for the page alone";
        return Err(Failure::not_begun(PAGE, cause, "Name a file with --output, or leave --json and --open away."));
    }
    let (answer, page) = session.service.kit(name, &KitPlace::Hand, &keys)?;
    let mut out = std::io::stdout().lock();
    let page = page.unwrap_or_default();
    let written = out.write_all(page.as_bytes()).and_then(|()| out.flush());
    written.map_err(|e| Failure::new(Code::InputOutput, "standard output", e))?;
    session.out.aside("This page holds the key itself: print it, and leave no copy on a disk.");
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// Writes the page to a file, and says what to do with it.
fn write(name: Option<&str>, path: &Path, open: bool, keys: &Keys, session: &Session) -> Answer<KitAnswer> {
    let place = KitPlace::File(path.to_owned());
    let (answer, _) = session.service.kit(name, &place, keys)?;
    let out = &session.out;
    let file = answer.file.clone().unwrap_or_default();
    out.say(format!("The recovery kit of {} is in {}", answer.deployment, printable(&file.display().to_string())));
    out.say("  1. Print it. It holds the key itself: whoever has it can read every archive.");
    out.say(format!("  2. Prove the print: holdfast key check {}", answer.deployment));
    out.say("  3. Delete the file, also from the trash.");
    if open {
        show(&file, session);
    }
    Ok(answer)
}

/// In whatever the system opens pages with.
fn show(file: &Path, session: &Session) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started =
        Command::new(opener).arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(e) = started {
        session.out.aside(format!("The page could not be opened by {opener} ({e}); open it in a browser by hand."));
    }
}

/// At the end of a set-up: writes the kit where that was asked for, or (unless it goes on without asking) asks for a place
/// and for the proof. Says whether the page was made.
pub fn offered(
    deployment: &DeploymentName,
    file: Option<&Path>,
    unasked: bool,
    keys: &Keys,
    session: &Session,
) -> Answer<bool> {
    let name = Some(deployment.as_str());
    if let Some(file) = file {
        return write(name, file, false, keys, session).map(|_| true);
    }
    if unasked || !session.out.interactive || session.out.json || session.out.quiet {
        return Ok(false);
    }
    session.out.clear();
    let question = "The recovery kit is a page to print, with the key itself, for when the passphrase is forgotten.\n\
                    File to write it to (Enter: later, with holdfast key kit)";
    let mut typed = prompt::line(question, "")?;
    // A tired yes is no file's name.
    while !typed.is_empty() && !typed.contains(['/', '.']) {
        eprintln!("A file is needed, such as kit.html.");
        typed = prompt::line(question, "")?;
    }
    if typed.is_empty() {
        return Ok(false);
    }
    write(name, Path::new(&typed), false, keys, session)?;
    super::check::offered(deployment, keys, session).map(|()| true)
}
