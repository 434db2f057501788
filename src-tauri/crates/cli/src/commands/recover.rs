mod questions;
mod telling;

use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::{
    Answer, ArchiveName, Class, Code, Failure, Outcome, RecoverArgs, RecoverFound, RecoverOpened, RecoverPreview,
    passphrase_from_file,
};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast recover --from /media/me/STICK                    asks for all it needs
  holdfast recover --from /media/me/STICK --list             the moments that can be had
  holdfast recover --from /media/me/STICK --list --check     the same, every byte of the archives read
  holdfast recover --from /media/me/STICK --dry-run          what would be done, and nothing else
  holdfast recover --from /media/me/STICK --into ~/chatbot --passphrase-file pass.txt --yes
  holdfast recover --from /media/me/STICK --map data=/srv/chatbot/data --user ana=anna

For a new or another machine: the drive and the passphrase (or the recovery key from the kit) are enough. Folders come back \
                  where they were, or where --into and --map say; what lies there now is archived and preserved. Owners \
                  are matched by name; --user and --group say what to do with names that this machine does not know. \
                  Afterwards the chatbot is protected here, with its archives on the same drive.")]
pub struct Args {
    /// The drive or folder with the archives, or an archive's file
    #[arg(long, value_name = "DRIVE")]
    from: Option<PathBuf>,
    /// Which chatbot, where the drive holds several
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
    /// An archive's name, a time, or 'latest'
    #[arg(long, value_name = "ARCHIVE|TIME")]
    at: Option<String>,
    /// Below an empty or new folder, and not in the original places
    #[arg(long, value_name = "DIR", conflicts_with = "map")]
    into: Option<PathBuf>,
    /// Another place for one of the folders; may be given several times
    #[arg(long, value_name = "ROOT=PATH", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Only this component: database, files, vectors, config, application, logs; may be given several times
    #[arg(long = "component", short, value_name = "COMPONENT", value_parser = super::restore::component)]
    components: Vec<Class>,
    /// Only this file or folder, such as data/webui.db; may be given several times
    #[arg(long = "path", short, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Files of the user OLD (name or number) become those of NEW; may be given several times
    #[arg(long = "user", value_name = "OLD=NEW", value_parser = pair)]
    users: Vec<(String, String)>,
    /// The same for groups
    #[arg(long = "group", value_name = "OLD=NEW", value_parser = pair)]
    groups: Vec<(String, String)>,
    /// The public signing key from the recovery kit, or a file with it; needed with the recovery key alone
    #[arg(long, value_name = "KEY")]
    signed_by: Option<String>,
    /// Go on though it cannot be checked who wrote the archives
    #[arg(long)]
    accept_unverified: bool,
    /// List the moments that can be had, and do nothing
    #[arg(long, conflicts_with_all = ["dry_run", "into", "map"])]
    list: bool,
    /// Read every archive whole first, to say which of them are what was written
    #[arg(long)]
    check: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking; passphrases are never guessed
    #[arg(long)]
    yes: bool,
    /// The file that holds a new passphrase, to go on protecting with the printed key alone
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Restore only: do not protect the chatbot on this machine
    #[arg(long)]
    no_adopt: bool,
    /// Make no archive of what lies in the original places now; it is preserved all the same
    #[arg(long)]
    no_emergency: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("two names with = between them are needed".to_owned()),
    }
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let from = match &args.from {
        Some(from) => from.clone(),
        None => questions::from(session)?,
    };
    let found = session.service.recover_find(&from)?;
    let mut opened = open(&args, &found, session)?;
    if args.check {
        opened = session.service.recover_read_through(opened, &session.job)?;
    }
    if args.list {
        telling::moments(&opened.answer, usize::MAX, &session.out);
        return Ok(Ending::new(Outcome::Done, [], &opened.answer));
    }
    let mut request = RecoverArgs {
        at: args.at.clone().or_else(|| found.archive().map(ToString::to_string)),
        components: args.components,
        paths: args.paths,
        into: args.into,
        moved: args.map.into_iter().map(|(root, path)| (root, path.into())).collect(),
        users: args.users,
        groups: args.groups,
        emergency: !args.no_emergency,
        adopt: !args.no_adopt,
        new_passphrase: args.new_passphrase_file.as_deref().map(passphrase_from_file).transpose()?,
    };
    let asks = session.out.interactive && !args.yes && !args.dry_run;
    if asks && request.at.is_none() {
        request.at = Some(questions::moment(&opened, session)?.to_string());
    }
    if asks && request.into.is_none() && request.moved.is_empty() {
        let chosen = session.service.recover_choose(&opened, request.at.as_deref())?;
        request.moved = questions::places(&chosen.roots, session)?;
    }
    if asks && request.adopt && request.new_passphrase.is_none() && opened.answer.signer_known {
        request.new_passphrase = questions::new_passphrase(&opened, session)?;
    }
    recover(request, &opened, args.dry_run, args.yes, session)
}

/// Opens the archives, and settles whose signature counts.
fn open(args: &Args, found: &RecoverFound, session: &Session) -> Answer<RecoverOpened> {
    let name = match (&args.deployment, session.out.interactive) {
        (None, true) => questions::deployment(found)?,
        (name, _) => name.clone(),
    };
    let mut keys = session.recovery_keys(args.accept_unverified)?;
    keys.signed_by.clone_from(&args.signed_by);
    let opened = session.service.recover_open(found, name.as_deref(), &keys, &session.job)?;
    if opened.answer.signer_known || args.accept_unverified || !session.out.interactive {
        return Ok(opened);
    }
    questions::trust(opened, session)
}

/// Once; or, on a terminal, again with another moment where the first turned out to be damaged.
fn recover(
    mut request: RecoverArgs,
    opened: &RecoverOpened,
    dry_run: bool,
    yes: bool,
    session: &Session,
) -> Answer<Ending> {
    loop {
        let planned = session.service.plan_recover(opened, &request, &session.job)?;
        super::restore::show(&planned.preview.restore, dry_run, &session.out);
        telling::protection(&planned.preview, dry_run, &session.out);
        if dry_run {
            session.out.line("Nothing was changed.");
            let ending = Ending::new(Outcome::Done, [], &planned.preview);
            return Ok(ending.with("outcome", &"done").with("dry_run", &true));
        }
        agree(&planned.preview, yes, session)?;
        let chosen = planned.preview.restore.archive.clone();
        let said = planned.preview.restore.problems.len();
        match session.service.recover(opened, planned, &session.job) {
            Ok(answer) => {
                telling::told(&answer, said, &request, session);
                let restored = &answer.restored;
                return Ok(Ending::new(restored.outcome, &restored.problems, &answer).with("dry_run", &false));
            }
            Err(failure) => request.at = Some(instead(opened, &chosen, failure, yes, session)?.to_string()),
        }
    }
}

/// Where something would be replaced, nothing but a deliberate yes counts.
fn agree(preview: &RecoverPreview, yes: bool, session: &Session) -> Answer<()> {
    if preview.replaces {
        let question = "What lies in these places now is replaced; it is preserved beside.";
        return session.confirm(yes, "the recovery", question);
    }
    if yes || !session.out.interactive {
        return Ok(());
    }
    session.out.clear();
    if prompt::yes("Go on?")? {
        return Ok(());
    }
    Err(Failure::new(Code::Cancelled, "the recovery", "it was not answered with yes"))
}

/// Nothing was changed by a recovery that found its archive damaged: another one may be taken, if the person says so.
fn instead(
    opened: &RecoverOpened,
    chosen: &ArchiveName,
    failure: Failure,
    yes: bool,
    session: &Session,
) -> Answer<ArchiveName> {
    let next = opened.instead_of(chosen, &failure).filter(|_| session.out.interactive && !yes);
    let Some(next) = next else { return Err(failure) };
    session.out.clear();
    eprintln!("{}\nNothing was changed.", failure.title);
    if prompt::yes(&format!("Take {next} instead?"))? { Ok(next) } else { Err(failure) }
}
