use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, prompt};
use holdfast_api::{
    Answer, CheckAnswer, CheckArgs, DeploymentName, Failure, KIT_GROUPS, Keys, TypedBack, is_whole_kit, read_kit_group,
};
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key check
  holdfast key check chatbot --groups 3,7
  holdfast key check --from typed.txt --json

Single groups are compared with the key itself, so they need the keyring or the passphrase; the whole key needs neither. \
Blanks, line ends and capitals do not matter. With the small check letters a mistake is found in its group. \
Nothing that is typed is shown or kept.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Ask for these groups alone, as 3,7
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=10))]
    groups: Vec<u8>,
    /// Read what was typed from a file, with --groups a line for each; - is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// At the end of a set-up these are asked for.
const PROOF: [u8; 2] = [3, 7];

pub fn run(args: &Args, session: &Session) -> Answer<Ending> {
    // Looked up first: a name that is wrong should not cost the typing.
    let deployment = session.service.deployment(args.name.as_deref())?;
    let typed = match &args.from {
        Some(from) => from_file(from, &args.groups)?,
        None if session.out.interactive => typed(&args.groups, session)?,
        None => {
            let cause = "there is no terminal to type on";
            return Err(Failure::not_begun(
                "the check of the recovery kit",
                cause,
                "Give what is printed with --from FILE.",
            ));
        }
    };
    let request = CheckArgs { deployment: Some(deployment.to_string()), typed, keys: session.keys(false)? };
    let answer = session.service.check_kit(&request)?;
    told(&answer, &session.out);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// The proof that a set-up asks for. Mistyped, it is asked again; whoever wants to do it later leaves it empty.
pub fn offered(deployment: &DeploymentName, keys: &Keys, session: &Session) -> Answer<()> {
    let [first, second] = PROOF;
    eprintln!("Prove the print: type groups {first} and {second} from it (Enter: later, with holdfast key check).");
    loop {
        let mut given = Vec::new();
        for number in PROOF {
            let Some(group) = ask_group(number)? else { return Ok(()) };
            given.push((usize::from(number), group));
        }
        let deployment = Some(deployment.to_string());
        let request = CheckArgs { deployment, typed: TypedBack::Asked(given), keys: keys.clone() };
        match session.service.check_kit(&request) {
            Ok(answer) => {
                told(&answer, &session.out);
                return Ok(());
            }
            Err(failure) if failure.code == holdfast_api::Code::Mistyped => {
                eprintln!("{}: {}", failure.title.trim_end_matches('.'), failure.cause);
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn told(answer: &CheckAnswer, out: &Out) {
    let what = if answer.groups.is_empty() { "The page holds" } else { "The groups are of" };
    out.say(format!("{what} the key of {}.", answer.deployment));
    if let Some(archive) = &answer.opened {
        out.say(format!("  It opens the newest archive, {archive}."));
    }
    match answer.proven {
        Some(_) => out.say("The recovery kit is proven. Keep the page, delete the file that it was printed from."),
        None => {
            out.say("These groups are right. The kit counts as proven when all of them were typed: holdfast key check");
        }
    }
    out.notes(&answer.problems);
}

fn from_file(from: &Path, groups: &[u8]) -> Answer<TypedBack> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let what = || format!("what was typed, {}", from.display());
    let limit = 64 * 1024;
    let read = if from.as_os_str() == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(from).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|e| Failure::unread(what(), e))?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    if groups.is_empty() {
        return Ok(TypedBack::Whole(text));
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() != groups.len() {
        let cause = format!("{} groups were named, and it has {} lines", groups.len(), lines.len());
        return Err(Failure::not_begun("the check of the recovery kit", cause, "Put each group on a line of its own."));
    }
    let pairs = groups.iter().zip(lines);
    Ok(TypedBack::Groups(pairs.map(|(number, line)| (usize::from(*number), Zeroizing::new(line.to_owned()))).collect()))
}

/// Group by group: a mistake is said at once where the check letters were typed too.
fn typed(groups: &[u8], session: &Session) -> Answer<TypedBack> {
    session.out.clear();
    eprintln!("Type what stands on the page, group by group, with the two small letters. It is not shown.");
    let whole = groups.is_empty();
    let all: Vec<u8> = (1..=u8::try_from(KIT_GROUPS).unwrap_or(u8::MAX)).collect();
    let mut given: Vec<(usize, Zeroizing<String>)> = Vec::new();
    for &number in if whole { &all } else { groups } {
        let group = loop {
            if let Some(group) = ask_group(number)? {
                break group;
            }
            eprintln!("Nothing was typed. Ctrl-C ends this.");
        };
        if whole && is_whole_kit(&group) {
            return Ok(TypedBack::Whole(group));
        }
        given.push((usize::from(number), group));
    }
    if !whole {
        return Ok(TypedBack::Groups(given));
    }
    let mut text = Zeroizing::new(String::with_capacity(256));
    for (_, group) in &given {
        text.push_str(group);
        text.push(' ');
    }
    Ok(TypedBack::Whole(text))
}

/// `None` where nothing was typed.
fn ask_group(number: u8) -> Answer<Option<Zeroizing<String>>> {
    loop {
        let text = prompt::secret(&format!("Group {number}: "))?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        // The whole key at once is taken too.
        if is_whole_kit(&text) {
            return Ok(Some(text));
        }
        match read_kit_group(usize::from(number), &text) {
            Ok(group) => return Ok(Some(group)),
            Err(failure) => eprintln!("{}: {}", failure.title.trim_end_matches('.'), failure.cause),
        }
    }
}
