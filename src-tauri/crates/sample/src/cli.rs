//! The command line over the library.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use holdfast_sample::snapshot::without_mtime;
use holdfast_sample::{
    Check, Error, Generate, Mutate, Result, Serve, Server, check, generate, mutate, size::Size, snapshot, wreck,
};
use serde::Serialize;

/// A made-up chatbot deployment to try backups on.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  holdfast-sample generate /tmp/bot --size 50MB
  holdfast-sample mutate /tmp/bot --percent 1 --seed 2
  holdfast-sample serve /tmp/bot --port 0 --write-rate 20 --journal /tmp/journal
  holdfast-sample check /tmp/restored --journal /tmp/journal --before 1735689600000000000
  diff <(holdfast-sample snapshot /tmp/bot) <(holdfast-sample snapshot /tmp/restored)"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Generate(GenerateArgs),
    Mutate(MutateArgs),
    Wreck(WreckArgs),
    Serve(ServeArgs),
    Check(CheckArgs),
    Snapshot(SnapshotArgs),
}

/// Make a deployment in an absent or empty folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  holdfast-sample generate /tmp/bot --size 2GB
  holdfast-sample generate /tmp/many --size 500MB --files 300000
  holdfast-sample generate /tmp/wide --size 20GB --sparse")]
struct GenerateArgs {
    /// Folder of the deployment
    dir: PathBuf,
    /// From 5MB to 20GB, in decimal units
    #[arg(long, default_value = "50MB")]
    size: Size,
    /// The same seed and size make the same bytes and times
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of conversation files, instead of the one that goes with the size
    #[arg(long)]
    files: Option<u64>,
    /// Make most of the size a disk image full of holes
    #[arg(long)]
    sparse: bool,
    /// Root of the absolute paths that the database holds [default: DIR]
    #[arg(long, value_name = "PATH")]
    origin: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Change a deployment as some use of it would.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  holdfast-sample mutate /tmp/bot --percent 0.5 --seed 7 --json")]
struct MutateArgs {
    /// Folder of the deployment
    dir: PathBuf,
    /// About this share of its bytes
    #[arg(long, default_value_t = 1.0)]
    percent: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Damage a deployment: delete, truncate, overwrite with garbage.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  holdfast-sample wreck /tmp/bot --seed 3")]
struct WreckArgs {
    /// Folder of the deployment
    dir: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Run a small chatbot server over a deployment, at 127.0.0.1.
#[derive(Debug, Args)]
#[command(after_help = "Requests:
  GET /health, GET /chats, GET /chat/ID, POST /chat {\"message\": \"...\"}, POST /shutdown

Example:
  holdfast-sample serve /tmp/bot --port 0 --port-file /tmp/port --write-rate 50 --seconds 30")]
struct ServeArgs {
    /// Folder of the deployment
    dir: PathBuf,
    /// 0 for any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Gets the number of the port, once the server listens
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Chats a second to write by itself, each in its own transaction
    #[arg(long, value_name = "N", default_value_t = 0)]
    write_rate: u32,
    /// Gets a line `id nanoseconds` after each commit
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// End by itself after this time
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// Check that the data of a deployment is whole. Exits with 1 when it is not.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  holdfast-sample check /tmp/restored --journal /tmp/journal --before 1735689600000000000")]
struct CheckArgs {
    /// Folder of the deployment
    dir: PathBuf,
    /// Every chat in this journal must be there
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// ... that was committed before this time (Unix nanoseconds)
    #[arg(long, value_name = "NS", requires = "journal")]
    before: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Print a tree as sorted lines: path, type, mode, uid, gid, mtime, size, hash, link target,
/// extended attributes, first name of a hard link.
///
/// A SQLite database has no size and a hash over its rows, those in its -wal included.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  holdfast-sample snapshot /tmp/bot --exclude cache --exclude data/models")]
struct SnapshotArgs {
    /// Folder of the deployment
    dir: PathBuf,
    /// A name, or a path inside the tree, to leave out with all in it
    #[arg(long, value_name = "NAME")]
    exclude: Vec<String>,
    /// Leave the modification times out
    #[arg(long)]
    no_mtime: bool,
}

pub fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Generate(args) => {
            let options = Generate {
                size: args.size.0,
                seed: args.seed,
                files: args.files,
                sparse: args.sparse,
                origin: args.origin,
            };
            let made = generate(&args.dir, &options)?;
            print(args.json, &made)
        }
        Command::Mutate(args) => {
            let options = Mutate { percent: args.percent, seed: args.seed };
            let done = mutate(&args.dir, &options)?;
            print(args.json, &done)
        }
        Command::Wreck(args) => {
            let done = wreck(&args.dir, args.seed)?;
            print(args.json, &done)
        }
        Command::Serve(args) => serve(args),
        Command::Check(args) => {
            let options = Check { journal: args.journal, before: args.before };
            let health = check(&args.dir, &options)?;
            print(args.json, &health)?;
            Ok(if health.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Snapshot(args) => {
            let mut entries = snapshot(&args.dir, &args.exclude)?;
            if args.no_mtime {
                entries = without_mtime(entries);
            }
            let mut out = BufWriter::new(io::stdout().lock());
            let written = entries.iter().try_for_each(|entry| writeln!(out, "{entry}")).and_then(|()| out.flush());
            on_stdout(written)
        }
    }
}

fn serve(args: ServeArgs) -> Result<ExitCode> {
    let options = Serve { port: args.port, write_rate: args.write_rate, journal: args.journal };
    let server = Server::start(&args.dir, &options)?;
    if let Some(path) = args.port_file {
        // Renamed into place: who sees the file sees the whole number.
        let partial = path.with_extension("partial");
        std::fs::write(&partial, format!("{}\n", server.port()))
            .and_then(|()| std::fs::rename(&partial, &path))
            .map_err(|source| Error::Io { path, source })?;
    }
    let mut out = io::stdout();
    let told = writeln!(out, "listening on http://127.0.0.1:{}", server.port());
    on_stdout(told.and_then(|()| out.flush()))?;
    server.wait(args.seconds.map(Duration::from_secs))?;
    Ok(ExitCode::SUCCESS)
}

fn print(json: bool, report: &(impl Serialize + Display)) -> Result<ExitCode> {
    let text = if json {
        serde_json::to_string_pretty(report)
            .map_err(|error| Error::Invalid { subject: "report".into(), reason: error.to_string() })?
    } else {
        report.to_string()
    };
    on_stdout(writeln!(io::stdout(), "{text}"))
}

fn on_stdout(written: io::Result<()>) -> Result<ExitCode> {
    match written {
        // As with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(source) => Err(Error::Io { path: Path::new("standard output").to_owned(), source }),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
