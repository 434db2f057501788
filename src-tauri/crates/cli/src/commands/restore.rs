use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, duration_words, printable, size_words};
use holdfast_api::{
    Action, Answer, Change, Class, Code, Failure, InUse, Kind, RestoreAnswer, RestoreArgs, RestorePreview, Tally,
};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast restore --dry-run                     what would change, and nothing else
  holdfast restore --at 'yesterday 14:30'
  holdfast restore chatbot --component config --component database
  holdfast restore --path data/webui.db --into /tmp/look
  holdfast restore --lost --dry-run              what went and should not have
  holdfast restore --except data/uploads         all but that folder, which stays as it is
  holdfast restore --at /media/drive/Holdfast/chatbot/chatbot_2026-11-21T020000Z_weekly-full.tar.zst.age --into /srv/new

Times: '2026-11-20 14:30', 2026-11-20, 20.11.2026, 14:30 (today, or yesterday where that is yet to come), noon, yesterday,
'yesterday 14:30', friday, 'friday 9:15', 2h, '2 hours ago', 'an hour ago', now. The newest archive that is not later is
taken; a time without seconds covers its minute. One made before a restore is taken at its own time alone. A folder of archives means the newest in it.

Without --into the restore is in place: the present state is archived and preserved first, and holdfast undo brings \
                  it back. With --into DIR the root 'data' becomes DIR/data.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// An archive's name, a time, or the path of an archive's file or folder; by default, and with 'latest', the one to go
    /// back to, as holdfast status has it: the newest that is whole
    #[arg(long, value_name = "ARCHIVE|TIME", default_value = "latest")]
    at: String,
    /// Only this component: database, files, vectors, config, application, logs; may be given several times
    #[arg(long = "component", short, value_name = "COMPONENT", value_parser = component)]
    components: Vec<Class>,
    /// Only this file or folder, such as data/webui.db; may be given several times
    #[arg(long = "path", short, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Not this file or folder, such as data/uploads; may be given several times. Of --path and --except, the nearest above
    /// a file decides
    #[arg(long, value_name = "PATH")]
    except: Vec<PathBuf>,
    /// All that the last backup saw lost or damaged, from the newest archive that holds all of it
    #[arg(long, conflicts_with_all = ["at", "components", "paths", "except"])]
    lost: bool,
    /// Restore into an empty or new folder, and not in place
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
    /// Make no archive of the present state first; undo works all the same
    #[arg(long)]
    no_emergency: bool,
    /// Use an archive that is not signed by its deployment's key
    #[arg(long)]
    accept_unverified: bool,
}

pub(super) fn component(word: &str) -> Result<Class, String> {
    Class::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
        format!("components are {}", words.join(", "))
    })
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let in_place = args.into.is_none();
    let mut last = None;
    let (at, paths) = if args.lost {
        let (archive, paths, older) = session.service.lost_in_one(args.name.as_deref())?;
        if let Some(older) = older {
            session.out.aside(format!("Not all of it is in that archive: {older}."));
        }
        (archive.to_string(), paths.into_iter().map(PathBuf::from).collect())
    } else {
        (args.at, args.paths)
    };
    let request = RestoreArgs {
        deployment: args.name,
        at,
        components: args.components,
        paths,
        except: args.except,
        into: args.into,
        emergency: !args.no_emergency,
        keys: session.keys(args.accept_unverified)?,
    };
    for _ in 0..LOOKS {
        let planned = session.service.plan_restore(&request, &session.job)?;
        show(&planned.preview, args.dry_run, &session.out);
        if args.dry_run {
            session.out.line("Nothing was changed.");
            let ending = Ending::new(holdfast_api::Outcome::Done, [], &planned.preview);
            return Ok(ending.with("outcome", &"done").with("dry_run", &true));
        }
        if in_place {
            session.confirm(args.yes, "the restore", &question(&planned.preview))?;
        }
        let said = planned.preview.problems.len();
        match session.service.restore(planned, &session.job) {
            Ok(answer) => {
                told(&answer, said, session);
                return Ok(Ending::new(answer.outcome, &answer.problems, &answer).with("dry_run", &false));
            }
            Err(failure) if failure.code == Code::ChangedSincePreview => {
                session.out.say(format!("{} ({}) Looking again.", failure.title, failure.cause));
                last = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(last.unwrap_or_else(|| Failure::new(Code::ChangedSincePreview, "the deployment", "it does not stand still")))
}

/// What changes while it is looked at is looked at again; a chatbot that never stands still has to be stopped.
const LOOKS: u32 = 3;

fn question(preview: &RestorePreview) -> String {
    let running = if preview.in_use.is_empty() || preview.nothing {
        ""
    } else {
        " Programs that were named still run: stop them first."
    };
    if preview.nothing {
        let files = count_words(preview.unchanged.files, "file is", "files are");
        return format!("{}, as far as sizes and times tell: {files} written anew all the same.", preview.headline);
    }
    let leaves = preview.leaves.as_ref().map(|leaves| format!(" {leaves}")).unwrap_or_default();
    format!("{}.{leaves}{running}", preview.headline)
}

/// Changes that the preview lists; a dry run is asked for because of them, so it lists more.
const SHOWN: usize = 20;
const SHOWN_DRY: usize = 40;

pub(super) fn show(preview: &RestorePreview, dry_run: bool, out: &Out) {
    // What a dry run finds is what was asked for, and is said with --quiet too.
    let say = |text: String| if dry_run { out.line(text) } else { out.say(text) };
    let place = if preview.in_place { "in place" } else { "into another folder" };
    say(format!("Restore {} as of {}, {place}", preview.deployment, out.when(preview.at)));
    let made = if preview.kind == Kind::Emergency { ", made before an earlier restore or undo" } else { "" };
    say(format!("  from {}{made}", preview.archive));
    for root in &preview.roots {
        let there = if preview.in_place && !root.exists { "  (not there now)" } else { "" };
        say(format!("  {} to {}{there}", printable(&root.name), printable(&root.path.display().to_string())));
    }
    say(format!("  {}", preview.headline));
    if let Some(leaves) = &preview.leaves {
        say(format!("  {leaves}"));
    }
    let limit = if out.verbose {
        usize::MAX
    } else if dry_run {
        SHOWN_DRY
    } else {
        SHOWN
    };
    for change in preview.changes.iter().take(limit) {
        say(format!("    {}", line(change)));
    }
    if preview.changes.len() > limit {
        let more = count_words((preview.changes.len() - limit) as u64, "change", "changes");
        say(format!("    … and {more} more (-v shows all)"));
    }
    if preview.changes_truncated {
        say("    … and more than can be listed".to_owned());
    }
    let tally = |tally: Tally| format!("{} ({})", count_words(tally.files, "file", "files"), size_words(tally.bytes));
    say(format!("  created    {}", tally(preview.created)));
    if preview.in_place {
        say(format!("  replaced   {}", tally(preview.replaced)));
        let said = if preview.deleted.files == 0 { String::new() } else { format!(", {}", preview.deleted_said) };
        say(format!("  deleted    {}{said}", tally(preview.deleted)));
        say(format!("  unchanged  {}", tally(preview.unchanged)));
        say(format!("  kept       {}", tally(preview.kept)));
    }
    let copied = match preview.bytes_to_copy {
        0 => String::new(),
        bytes => format!(" and {} of what is kept to copy", size_words(bytes)),
    };
    let (write, free) = (size_words(preview.bytes_to_write), size_words(preview.free_bytes));
    say(format!("  {write} to write{copied}, {free} free"));
    // Where there is nothing, there is nothing to archive.
    if let Some(bytes) = preview.emergency_bytes.filter(|bytes| *bytes > 0) {
        say(format!("  An archive of the present state is made first: up to {}", size_words(bytes)));
    }
    for needed in preview.needs.iter().filter(|needed| !needed.reachable) {
        say(format!("  needs {}, which is not at hand", needed.archive));
    }
    out.notes(&preview.problems);
    in_use(&preview.in_use, out);
}

/// Who they are, and how they are stopped.
pub(super) fn in_use(programs: &[InUse], out: &Out) {
    for program in programs {
        let since = program.since.map(|at| format!(", since {}", out.when(at))).unwrap_or_default();
        let name = printable(&program.name);
        let file = program.file.as_ref().map(|file| format!(", has {} open", printable(&file.display().to_string())));
        let file = file.unwrap_or_default();
        let (stop, command) = (printable(&program.stop), printable(&program.command));
        out.aside(format!("  {name} ({}){since}{file}. {stop} {command}", program.pid));
    }
}

fn line(change: &Change) -> String {
    let sign = match change.action {
        Action::Create => '+',
        Action::Replace => '~',
        Action::Delete => '-',
    };
    format!("{sign} {}  {}", printable(&change.path), size_words(change.bytes))
}

/// `said`: as many of the problems were told with the preview.
fn told(answer: &RestoreAnswer, said: usize, session: &Session) {
    let out = &session.out;
    out.say(format!(
        "Restored {} as of {}: {}, {}, in {}",
        answer.deployment,
        out.local(answer.at),
        count_words(answer.files, "file", "files"),
        size_words(answer.bytes),
        duration_words(Duration::try_from_secs_f64(answer.seconds).unwrap_or_default())
    ));
    for root in &answer.roots {
        out.say(format!("  {}", printable(&root.path.display().to_string())));
    }
    if let Some(emergency) = &answer.emergency {
        out.say(format!("  The state before is archived as {emergency}"));
    }
    if !answer.preserved.is_empty() {
        let deployment = &answer.deployment;
        out.say(format!("  and preserved: holdfast undo {deployment} brings it back"));
        out.say(format!("  When all is well, holdfast undo {deployment} --forget frees its space"));
    }
    if let Some(health) = &answer.health {
        out.say(format!("  Health: {}", health.said));
        for bad in &health.bad {
            out.say(format!("    {}: {}", printable(&bad.name), printable(&bad.seen)));
        }
    }
    out.notes(answer.problems.get(said..).unwrap_or_default());
    in_use(&answer.in_use, out);
}
