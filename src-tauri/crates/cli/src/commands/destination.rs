use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, printable, quoted, size_words};
use holdfast_api::{AddDestinationArgs, Answer, DestinationInfo, FirstAnswer, Meaning, Place};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast destination add Stick --to /media/ana/STICK
  holdfast destination add --to /mnt/nas/backup --folder
  holdfast destination add Offsite --to s3://my-bucket/backups --region eu-central-1 --credentials-file ~/.aws/credentials
  holdfast destination add NAS --to s3://backups --endpoint https://nas.local:9000 --keep-in-keyring
  holdfast destination list
  holdfast destination rename Stick 'Blue stick'
  holdfast destination remove Stick
  holdfast destination first Stick     the first place is gone for good: archives are made here from now on

Archives are made at the first destination, which holdfast setup names; the others get copies: after each backup when they
are there, and by holdfast copy. A drive is known by a small file on it, wherever it is mounted; another drive at its place
is never written to. A place in the cloud is s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX; its key
comes from a file, the keyring, or the variables that the provider's own tools know.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Keep copies there too
    Add(Add),
    /// Show where archives are kept, and what is due
    List(List),
    /// Keep no more copies there; those that there are stay
    Remove(Remove),
    /// Call it otherwise
    Rename(Rename),
    /// Make archives there from now on: the place before is gone for good, or another suits better
    First(First),
}

#[derive(Debug, clap::Args)]
struct First {
    /// The destination; the one where archives are made, for a new disk that is mounted at its place
    destination: String,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
    /// Say what it would mean, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Its name; by default that of the drive or folder
    name: Option<String>,
    /// The drive's folder, or any other; or an address in the cloud
    #[arg(long, value_name = "DIR|ADDRESS")]
    to: PathBuf,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
    /// It comes and goes; by default so where something is mounted there
    #[arg(long, conflicts_with = "folder")]
    drive: bool,
    /// It is always there: a folder of this computer or a share; made where it is not there yet
    #[arg(long)]
    folder: bool,
    /// Cut archives that are longer into volumes, such as 2GB; by default only where the file system cannot hold them
    #[arg(long, value_name = "SIZE", value_parser = size)]
    volume_size: Option<u64>,
    #[command(flatten)]
    cloud: super::cloud::Cloud,
}

#[derive(Debug, clap::Args)]
struct List {
    /// The deployment; may be left out when there is one
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Remove {
    /// The destination
    destination: String,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Rename {
    /// The destination
    destination: String,
    /// Its new name
    to: String,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
}

/// `2GB`, `700MB`, `1000000`: in powers of ten, as drives are sold.
pub fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        _ => return Err("give a size such as 2GB or 700MB".to_owned()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "give a size such as 2GB or 700MB".to_owned())?;
    let bytes = number.checked_mul(factor).ok_or("that is too much")?;
    if bytes < 100_000 { Err("at least 100kB".to_owned()) } else { Ok(bytes) }
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let (service, out) = (&session.service, &session.out);
    match args.what {
        What::Add(add) => {
            if let Some(request) = add.cloud.request(&add.to, add.name.clone())? {
                let answer = service.add_cloud(add.deployment.as_deref(), request)?;
                added(&answer.destination, &answer.deployment, out);
                return Ok(Ending::new(answer.outcome, &answer.problems, &answer));
            }
            let kind = if add.drive { Some(true) } else { add.folder.then_some(false) };
            let request = AddDestinationArgs {
                deployment: add.deployment,
                name: add.name,
                path: add.to,
                drive: kind,
                volume_bytes: add.volume_size,
            };
            let planned = service.plan_destination(request)?;
            let answer = service.add_destination(planned)?;
            added(&answer.destination, &answer.deployment, out);
            out.notes(&answer.problems);
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
        What::List(list) => {
            let answer = service.destinations(list.name.as_deref())?;
            answer.destinations.iter().for_each(|standing| out.line(words(standing)));
            if let Some(loss) = &answer.disk_loss {
                out.line(format!("{} {}", loss.sentence, loss.next_step));
            }
            out.notes(&answer.problems);
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
        What::Remove(remove) => {
            let answer = service.remove_destination(remove.deployment.as_deref(), &remove.destination)?;
            out.say(format!("{} gets no more copies. What lies there stays.", answer.destination.name));
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
        What::Rename(rename) => {
            let answer = service.rename_destination(rename.deployment.as_deref(), &rename.destination, &rename.to)?;
            out.say(format!("It is called {} now.", answer.destination.name));
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
        What::First(first) => {
            let planned = service.plan_first(first.deployment.as_deref(), &first.destination)?;
            meaning(&planned.preview, first.dry_run, out);
            if first.dry_run {
                return Ok(Ending::new(planned.preview.outcome, [], &planned.preview));
            }
            session.confirm(first.yes, "the choice of a first place", "Make archives there from now on?")?;
            let answer = service.make_first(planned)?;
            let made = &answer.meaning;
            out.say(format!("Archives of {} are made at {} from now on.", answer.deployment, made.destination));
            if made.before != made.destination && !made.before_there {
                let (old, name) = (quoted(&made.before), &answer.deployment);
                out.say(format!("If {old} never comes back: holdfast destination remove {old} --deployment {name}"));
            }
            out.say(format!("Next: holdfast backup {}", answer.deployment));
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
    }
}

fn meaning(preview: &FirstAnswer, dry_run: bool, out: &Out) {
    let say = |text: String| if dry_run { out.line(text) } else { out.say(text) };
    let Meaning { archives, before, held, lost, .. } = &preview.meaning;
    say(format!("Archives of {} will be made in {}", preview.deployment, printable(&archives.display().to_string())));
    if *before == preview.meaning.destination {
        say("  Its place is begun anew: what was there before is not there any more.".to_owned());
    } else if preview.meaning.before_there {
        say(format!("  {before}, where they were made until now, gets copies."));
    } else {
        say(format!("  {before}, where they were made until now, is not there; if it comes back, it gets copies."));
    }
    match (*held, preview.meaning.next_full) {
        (0, _) => say("  No archive lies there yet: the next one is a full one.".to_owned()),
        (held, true) => {
            let held = count_words(held, "archive lies", "archives lie");
            say(format!("  {held} there already, but not the newest full one: the next one is a full one."));
        }
        (held, false) => {
            let held = count_words(held, "archive lies", "archives lie");
            say(format!("  {held} there already; the next one builds on them."));
        }
    }
    if !lost.is_empty() {
        let count = count_words(lost.len() as u64, "archive is", "archives are");
        say(format!("  {count} at no other place, and lost if {before} never comes back:"));
        lost.iter().take(8).for_each(|name| say(format!("    {name}")));
        if lost.len() > 8 {
            say(format!("    and {} more", lost.len() - 8));
        }
    }
}

fn added(destination: &DestinationInfo, deployment: &str, out: &Out) {
    let kind = if destination.file_system.is_empty() { "" } else { &format!(", {}", destination.file_system) };
    out.say(format!("{} was added ({}{kind}).", destination.name, destination.kind));
    out.say(format!("  Copies will lie in {}", printable(&destination.path.display().to_string())));
    if let Some(bytes) = destination.volume_bytes {
        out.say(format!("  Archives that are longer than {} are cut into volumes.", size_words(bytes)));
    }
    if let Some(waits) = &destination.waits {
        out.say(format!("  {}", waits.sentence));
    }
    out.say(format!("Next: holdfast copy {deployment}"));
}

/// How a destination stands, in one line.
pub fn words(standing: &Place) -> String {
    let there = match (&standing.away, standing.free_bytes) {
        (Some(cause), _) => cause.clone(),
        // Where something waits for room it is in what is said of it.
        (None, Some(_)) if standing.waits > 0 => "there".to_owned(),
        (None, Some(free)) => format!("{} free", size_words(free)),
        (None, None) => "there".to_owned(),
    };
    let held = count_words(standing.archives, "archive", "archives");
    let path = printable(&standing.path.display().to_string());
    format!(
        "  {} ({}): {held}, {}; {}; {there}; {path}",
        standing.name,
        standing.kind,
        size_words(standing.stored_bytes),
        standing.said,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_taken_as_drives_are_sold() {
        assert_eq!(size("2GB"), Ok(2_000_000_000));
        assert_eq!(size("700m"), Ok(700_000_000));
        assert_eq!(size("123456"), Ok(123_456));
        for bad in ["", "GB", "2 TB x", "1kB", "-1", "99999999999GB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
