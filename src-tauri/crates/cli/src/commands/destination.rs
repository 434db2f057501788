use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{AddDestinationArgs, Answer, DestinationInfo, Standing};
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
    /// It is always there
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
fn size(text: &str) -> Result<u64, String> {
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
            Ok(Ending::new(answer.outcome, &answer.problems, &answer))
        }
        What::List(list) => {
            let answer = service.destinations(list.name.as_deref())?;
            answer.destinations.iter().for_each(|standing| out.line(words(standing)));
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
    }
}

fn added(destination: &DestinationInfo, deployment: &str, out: &Out) {
    let kind = if destination.file_system.is_empty() { "" } else { &format!(", {}", destination.file_system) };
    out.say(format!("{} was added ({}{kind}).", destination.name, destination.kind));
    out.say(format!("  Copies will lie in {}", printable(&destination.path.display().to_string())));
    if let Some(bytes) = destination.volume_bytes {
        out.say(format!("  Archives that are longer than {} are cut into volumes.", size_words(bytes)));
    }
    out.say(format!("Next: holdfast copy {deployment}"));
}

/// How a destination stands, in one line.
pub fn words(standing: &Standing) -> String {
    let first = if standing.first { ", archives are made here" } else { "" };
    let there = match (&standing.away, standing.free_bytes) {
        (Some(cause), _) => format!("away: {cause}"),
        (None, Some(free)) => format!("{} free", size_words(free)),
        (None, None) => "there".to_owned(),
    };
    let due = match standing.due {
        0 => String::new(),
        due => format!(", {} due ({})", due, size_words(standing.due_bytes)),
    };
    let held = count_words(standing.archives, "archive", "archives");
    let path = printable(&standing.path.display().to_string());
    format!(
        "  {} ({}{first}): {held}, {}{due}; {there}; {path}",
        standing.name,
        standing.kind,
        size_words(standing.stored_bytes)
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
