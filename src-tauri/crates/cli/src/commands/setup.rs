use super::key;
use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{prompt, table};
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{
    Answer, Failure, Fetch, Keys, Note, Outcome, Passphrase, SetupAnswer, SetupArgs, SetupPreview, Verdict, strength,
};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast setup chatbot --root /srv/chatbot/data --to /media/drive
  holdfast setup --root ~/open-webui --root ~/chatbot-config --to /mnt/backup --exclude '*.tmp'
  holdfast setup chatbot --root /srv/chatbot --to /mnt/backup --passphrase-file pass.txt --yes
  holdfast setup chatbot --root /srv/chatbot --to /mnt/backup --kit ~/kit.html

The passphrase opens the archives on any machine; without it and without the recovery key they stay closed.")]
pub struct Args {
    /// The chatbot's name here; by default that of the first folder
    name: Option<String>,
    /// A folder to protect; may be given several times
    #[arg(long = "root", value_name = "DIR", required = true)]
    roots: Vec<PathBuf>,
    /// Where archives are kept: a folder or drive
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// What is never backed up, as in .gitignore; may be given several times
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Write the recovery kit, a page to print that holds the key itself, to this file
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let request = SetupArgs { name: args.name, roots: args.roots, destination: args.to, exclude: args.exclude };
    let planned = session.service.plan_setup(request, &session.job)?;
    show(&planned.preview, session);
    if let Some(file) = &args.kit {
        planned.require_kit_place(&session.service, file)?;
    }
    session.confirm(args.yes, "the set-up", "Protect this?")?;
    let passphrase = passphrase(&planned.preview, session)?;
    let mut answer = session.service.setup(planned, &passphrase)?;
    told(&answer, session);
    // The set-up stands whatever becomes of the page.
    let opens: Arc<Fetch> = Arc::new(move || Ok(passphrase.clone()));
    let keys = Keys { passphrase: Some(opens), ..Keys::default() };
    match key::offered(&answer.deployment, args.kit.as_deref(), args.yes, &keys, session) {
        Ok(true) => {}
        Ok(false) => {
            let step = format!("holdfast key kit {} --output FILE", answer.deployment);
            session.out.say(format!("Print the recovery kit, for when the passphrase is forgotten: {step}"));
        }
        Err(failure) if failure.is_cancelled() => {}
        Err(failure) => {
            let note = Note::from(failure);
            session.out.notes(std::slice::from_ref(&note));
            answer.problems.push(note);
            answer.outcome = Outcome::Problems;
        }
    }
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// Given, or typed twice. A weak one that was given is said and taken: scripts know what they do.
fn passphrase(preview: &SetupPreview, session: &Session) -> Answer<Passphrase> {
    if let Some(given) = session.given_passphrase()? {
        if strength(&given).verdict < Verdict::Good {
            session.out.aside(prompt::strength_words(&given));
        }
        return Ok(given);
    }
    if session.out.interactive {
        session.out.clear();
        eprintln!("The passphrase opens the archives on any machine. Nobody can reset it.");
        return prompt::new_passphrase(preview.deployment.as_str());
    }
    let cause = "no passphrase was given, and there is no terminal to ask on";
    Err(Failure::not_begun("the set-up", cause, "Give one with --passphrase-file."))
}

fn show(preview: &SetupPreview, session: &Session) {
    let out = &session.out;
    let known = preview.preset.as_ref().map(|preset| format!(" ({preset})")).unwrap_or_default();
    out.say(format!("Found for {}{known}:", preview.deployment));
    for root in &preview.roots {
        out.say(format!("  {}  {}", root.name, printable(&root.path.display().to_string())));
    }
    let rows: Vec<Vec<String>> = preview
        .classes
        .iter()
        .map(|total| {
            let files = count_words(total.files, "file", "files");
            vec![format!("  {}", total.class), files, size_words(total.bytes)]
        })
        .collect();
    let columns = [("  COMPONENT", table::Side::Left), ("", table::Side::Right), ("SIZE", table::Side::Right)];
    for line in table::lines(&columns, &rows) {
        out.say(line);
    }
    if !preview.left_out.is_empty() {
        out.say(format!("  Left out, {} in all:", size_words(preview.left_out_bytes)));
        for left in preview.left_out.iter().take(8) {
            let path = printable(&left.path.display().to_string());
            out.say(format!("    {path}  {}  ({})", size_words(left.bytes), left.reason));
        }
    }
    for secret in preview.secrets.iter().filter(|secret| secret.outside) {
        out.say(format!("  Outside of the folders, not protected: {}", printable(&secret.path.display().to_string())));
    }
    if !preview.servers.is_empty() {
        out.say(format!("  Its data may be in a server, which files do not hold: {}", preview.servers.join(", ")));
    }
    out.say(format!("  Archives will lie in {}", preview.archives.display()));
    out.notes(&preview.problems);
}

fn told(answer: &SetupAnswer, session: &Session) {
    let out = &session.out;
    out.say(format!("{} is set up.", answer.deployment));
    out.say(format!("  Recovery key, sealed with the passphrase: {}", answer.recovery_key.display()));
    let place = match (answer.identity_in_keyring, answer.signing_key_in) {
        (true, _) => "The keyring holds the key: restores on this machine need no passphrase.",
        (false, "file") => "No keyring is used: backups need no passphrase, restores ask for it.",
        (false, _) => "Restores ask for the passphrase.",
    };
    out.say(format!("  {place}"));
    out.say(format!("Next: holdfast backup {}", answer.deployment));
    out.say("Holdfast does not start by itself yet. A line for cron (crontab -e) that makes every hour what is due:");
    out.say(format!("  {}", cron_line(answer.deployment.as_str(), session)));
    out.say("The README has a systemd timer for the same.");
}

/// With what this run was given by its environment, which cron's has not.
fn cron_line(deployment: &str, session: &Session) -> String {
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    let program = program.unwrap_or_else(|| "holdfast".to_owned());
    // To cron, a percent sign is the end of the line.
    let word = |text: &str| prompt::quoted(text).replace('%', r"\%");
    let home = std::env::var("HOLDFAST_HOME").ok().filter(|home| !home.is_empty());
    let home = home.map(|_| format!("HOLDFAST_HOME={} ", word(&session.service.home().display().to_string())));
    let keyring = if session.without_keyring() { " --no-keyring" } else { "" };
    let (home, program) = (home.unwrap_or_default(), word(&program));
    format!("17 * * * * {home}{program}{keyring} backup {deployment} --quiet")
}
