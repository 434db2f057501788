use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::{count_words, printable, quoted};
use holdfast_api::{Answer, Outcome, SettleArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast settle --path data/.env         this one file went on purpose
  holdfast settle chatbot                  names all that is lost, and asks
  holdfast settle chatbot --dry-run        names it, and settles nothing
  holdfast settle --list                   what was settled, and can be taken back
  holdfast settle --undo --path data/.env  takes back that it was meant: it is told again

Files that went and should not have, or were cut short, are told by every backup until they are there again. Where that was
meant, say so here: only what is named is settled. The archives that hold them keep them, and are kept as the rules say. What
was settled can be taken back as long as it is not there again; then backups tell it again.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Only this file, or what is lost below this folder, such as data/uploads; may be given several times
    #[arg(long = "path", short, value_name = "PATH")]
    paths: Vec<String>,
    /// List what was settled, and is not there again
    #[arg(long, conflicts_with_all = ["undo", "paths", "dry_run", "yes"])]
    list: bool,
    /// Take back that it was meant: backups tell it again
    #[arg(long)]
    undo: bool,
    /// Name what is lost, and settle nothing; with --undo, what was settled
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.list {
        return list(args.name.as_deref(), session);
    }
    let request = SettleArgs { deployment: args.name, paths: args.paths, take_back: args.undo };
    let planned = session.service.plan_settle(&request)?;
    let paths = &planned.preview.paths;
    let out = &session.out;
    let name = planned.preview.deployment.clone();
    let count = count_words(paths.len() as u64, "file", "files");
    match (paths.is_empty(), args.undo) {
        (true, false) => out.line(format!("Nothing that {name} lost is open.")),
        (true, true) => out.line(format!("Nothing that {name} lost was settled.")),
        (false, false) => out.line(format!("Lost, as the last backup saw it, and not there again: {count}")),
        (false, true) => out.line(format!("Settled, and not there again: {count}")),
    }
    out.lines(paths.iter().map(|path| format!("  {}", printable(path))));
    if args.dry_run || paths.is_empty() {
        let ending = Ending::new(Outcome::Done, [], &planned.preview);
        return Ok(ending.with("outcome", &"done").with("dry_run", &args.dry_run));
    }
    let one = match paths.as_slice() {
        [path] => format!(" --path {}", quoted(path)),
        _ => String::new(),
    };
    let undo = format!("holdfast settle {name} --undo{one}");
    let (what, question) = if args.undo {
        ("taking back", "Backups name these again, until they are there.".to_owned())
    } else {
        ("settling", format!("No backup names these any more. That can be taken back: {undo}"))
    };
    session.confirm(args.yes, what, &question)?;
    let answer = session.service.settle_losses(planned)?;
    let named = (answer.settled.len() + answer.taken_back.len()) as u64;
    if args.undo {
        let left = if answer.left == 0 { String::new() } else { format!("; {} stay settled", answer.left) };
        let count = count_words(named, "loss is open again", "losses are open again");
        out.say(format!("{count}{left}. holdfast status says where it is."));
    } else {
        let left = if answer.left == 0 { String::new() } else { format!("; {} stay open", answer.left) };
        let count = count_words(named, "loss is settled", "losses are settled");
        out.say(format!("{count}{left}. The archives that hold them are as they were. Take it back with: {undo}"));
    }
    Ok(Ending::new(answer.outcome, &[], &answer).with("dry_run", &false))
}

fn list(name: Option<&str>, session: &Session) -> Answer<Ending> {
    let answer = session.service.settled(name)?;
    let out = &session.out;
    if answer.settled.is_empty() {
        out.line(format!("Nothing that {} lost was settled.", answer.deployment));
    } else {
        let count = count_words(answer.settled.len() as u64, "file", "files");
        out.line(format!("Settled, and not there again: {count}"));
        out.lines(answer.settled.iter().map(|one| format!("  {}  {}", out.local(one.at), printable(&one.path))));
        out.line(format!("Take it back with: holdfast settle {} --undo --path PATH", answer.deployment));
    }
    Ok(Ending::new(answer.outcome, &[], &answer))
}
