use super::{found, interview, key};
use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{prompt, table};
use holdfast_api::words::{count_words, printable, quoted, size_words};
use holdfast_api::{
    Answer, Failure, Fetch, Keys, Note, Outcome, Passphrase, SetupAnswer, SetupArgs, SetupPreview, Verdict, strength,
    this_machine,
};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast setup                       looks for chatbots, and asks
  holdfast setup --find                only looks
  holdfast setup --found 1 --to /media/drive
  holdfast setup chatbot --root /srv/chatbot/data --to /media/drive
  holdfast setup --root ~/open-webui --root ~/chatbot/.env --to /mnt/backup --exclude '*.tmp'
  holdfast setup chatbot --root /srv/chatbot --to /mnt/backup --passphrase-file pass.txt --yes
  holdfast setup chatbot --root /srv/chatbot --to /mnt/backup --kit ~/kit.html

The passphrase opens the archives on any machine; without it and without the recovery key they stay closed.

Exit codes: 0 done, or looked; 1 failed; 2 something is missing in the command; 3 done, with problems (a database server
that files do not hold, or data that is live in another folder).")]
pub struct Args {
    /// The chatbot's name here; by default that of the first folder, or of the chatbot that was found
    name: Option<String>,
    /// A folder or a single file to protect; may be given several times
    #[arg(long = "root", value_name = "PATH")]
    roots: Vec<PathBuf>,
    /// Where archives are kept: a folder or drive
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// What is never backed up, as in .gitignore; may be given several times
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Write the recovery kit, a page to print that holds the key itself, to this file
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// Only look for chatbots on this machine, and say what was found
    #[arg(long, conflicts_with_all = ["roots", "to", "exclude", "found", "preset", "without_server", "yes"])]
    find: bool,
    /// Protect what --find found, by its number or id; --root adds to it
    #[arg(long, value_name = "N|ID")]
    found: Option<String>,
    /// Which chatbot it is, where that is not recognised
    #[arg(long, value_name = "PRESET")]
    preset: Option<String>,
    /// A database server whose data is saved otherwise, or that is not used: postgres, mongodb, ...
    #[arg(long, value_name = "SERVER")]
    without_server: Vec<String>,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.find {
        let answer = session.service.find(&this_machine()?, &session.job)?;
        found::show(&answer, session);
        return Ok(Ending::new(answer.outcome, [], &answer));
    }
    let (yes, kit) = (args.yes, args.kit.clone());
    let request = request(args, session)?;
    let planned = session.service.plan_setup(request, &session.job)?;
    show(&planned.preview, session);
    if let Some(file) = &kit {
        planned.require_kit_place(&session.service, file)?;
    }
    session.confirm(yes, "the set-up", "Protect this?")?;
    let passphrase = passphrase(&planned.preview, session)?;
    let mut answer = session.service.setup(planned, &passphrase)?;
    told(&answer, session);
    // The set-up stands whatever becomes of the page.
    let opens: Arc<Fetch> = Arc::new(move || Ok(passphrase.clone()));
    let keys = Keys { passphrase: Some(opens), ..Keys::default() };
    match key::offered(&answer.deployment, kit.as_deref(), yes, &keys, session) {
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

/// What the arguments say; on a terminal the person is asked for what they do not.
fn request(args: Args, session: &Session) -> Answer<SetupArgs> {
    let ask = session.out.interactive && !args.yes && !session.out.json;
    let missing = |cause: &str, step: &str| Failure::not_begun("the set-up", cause, step);
    let mut request = if let Some(text) = &args.found {
        session.service.find(&this_machine()?, &session.job)?.choose(text)?.setup()
    } else if !args.roots.is_empty() {
        SetupArgs::default()
    } else if ask {
        let mut request = interview::choose(session)?;
        request.name = args.name.clone().or(request.name);
        interview::adjust(&mut request, session)?;
        request
    } else {
        let cause = "it was not said what to protect, and there is no terminal to ask on";
        return Err(missing(cause, "Name folders with --root, or see what holdfast setup --find finds."));
    };
    // What was typed in the interview is newer than the argument that it showed.
    if request.name.is_none() || args.found.is_some() {
        request.name = args.name.or(request.name);
    }
    request.roots.extend(args.roots);
    request.exclude.extend(args.exclude);
    request.preset = args.preset.or(request.preset);
    request.without_servers = args.without_server;
    request.destination = match args.to {
        Some(folder) => Some(folder),
        None if ask => Some(interview::destination(session)?),
        None => return Err(missing("no place for the archives was named", "Name a folder or drive with --to.")),
    };
    request.machine = this_machine().ok();
    Ok(request)
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
        .contents
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
    if !preview.contents.left_out.is_empty() {
        out.say(format!("  Left out, {} in all:", size_words(preview.contents.left_out_bytes)));
        for left in preview.contents.left_out.iter().take(8) {
            let path = printable(&left.path.display().to_string());
            out.say(format!("    {path}  {}  ({})", size_words(left.bytes), left.reason));
        }
    }
    for secret in preview.contents.secrets.iter().filter(|secret| secret.outside) {
        out.say(format!("  Outside of the folders, not protected: {}", printable(&secret.path.display().to_string())));
    }
    for secret in preview.contents.secrets.iter().filter(|secret| secret.left_out) {
        out.say(format!("  Left out by a pattern, not protected: {}", printable(&secret.path.display().to_string())));
    }
    if !preview.servers.is_empty() {
        out.say(format!("  Its data may be in a server, which files do not hold: {}", preview.servers.join(", ")));
    }
    if let Some(archives) = &preview.archives {
        out.say(format!("  Archives will lie in {}", archives.display()));
    }
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
    let status = session.service.status(Some(answer.deployment.as_str())).ok();
    let by = status.and_then(|status| status.deployments.into_iter().next()?.schedule.by);
    if let Some(who) = by {
        out.say(format!("From now on what is due is made by {}.", printable(&who)));
        return;
    }
    out.say("From then on what is due is made by itself while Holdfast is open or in the tray. Without a screen:");
    out.say("  holdfast watch --install-unit");
    out.say("Or, every hour, by cron (crontab -e):");
    out.say(format!("  {}", cron_line(answer.deployment.as_str(), session)));
}

/// With what this run was given by its environment, which cron's has not.
fn cron_line(deployment: &str, session: &Session) -> String {
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    let program = program.unwrap_or_else(|| "holdfast".to_owned());
    // To cron, a percent sign is the end of the line.
    let word = |text: &str| quoted(text).replace('%', r"\%");
    let home = std::env::var("HOLDFAST_HOME").ok().filter(|home| !home.is_empty());
    let home = home.map(|_| format!("HOLDFAST_HOME={} ", word(&session.service.home().display().to_string())));
    let keyring = if session.without_keyring() { " --no-keyring" } else { "" };
    let (home, program) = (home.unwrap_or_default(), word(&program));
    format!("17 * * * * {home}{program}{keyring} backup {deployment} --quiet")
}
