//! What every command takes, and the list of commands.
use crate::commands;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(
    name = "holdfast",
    version,
    about = "Backs up and recovers a self-hosted chatbot",
    long_about = "Backs up and recovers a self-hosted chatbot: encrypted archives in a folder or on a drive, proven to \
                  restore, without any network.",
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Examples:
  holdfast setup chatbot --root /srv/chatbot/data --to /media/drive
  holdfast backup
  holdfast restore --at 'yesterday 14:30' --into /tmp/look
  holdfast restore --dry-run
  holdfast recover --from /media/me/STICK

'holdfast COMMAND --help' shows the examples of a command.",
    after_long_help = "Examples:
  holdfast setup chatbot --root /srv/chatbot/data --to /media/drive
  holdfast backup
  holdfast restore --at 'yesterday 14:30' --into /tmp/look
  holdfast restore --dry-run
  holdfast recover --from /media/me/STICK

Exit codes:
  0  done
  1  failed, or cancelled
  2  the command cannot be understood, or needs a yes
  3  done, with problems
  4  another run is at work on the deployment
  5  wrong or missing key, or a damaged archive

Environment:
  HOLDFAST_HOME             the folder for Holdfast's own settings, catalog and state
  HOLDFAST_PASSPHRASE_FILE  as --passphrase-file"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Print one JSON object on standard output at the end, and nothing else there
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// How to show progress on standard error
    #[arg(long, global = true, value_name = "HOW", default_value = "auto", help_heading = "Output")]
    pub progress: ProgressHow,
    /// Say nothing but errors and what was asked for
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Write the log to standard error too; twice for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// Say how much was read from archives, and how long it took
    #[arg(long, global = true, help_heading = "Output")]
    pub stats: bool,
    /// The file that holds the passphrase [env: HOLDFAST_PASSPHRASE_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keys")]
    pub passphrase_file: Option<PathBuf>,
    /// A command that prints the passphrase
    #[arg(long, global = true, value_name = "COMMAND", conflicts_with = "passphrase_file", help_heading = "Keys")]
    pub passphrase_command: Option<String>,
    /// The file that holds the recovery key itself, as printed in the kit
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keys")]
    pub identity_file: Option<PathBuf>,
    /// Do without the system's keyring
    #[arg(long, global = true, help_heading = "Keys")]
    pub no_keyring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressHow {
    /// A bar on a terminal, nothing otherwise
    Auto,
    /// One JSON object a line
    Json,
    /// Nothing
    None,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put a chatbot under protection
    Setup(commands::setup::Args),
    /// Make an archive of the present state
    Backup(commands::backup::Args),
    /// Make what is due, by the schedule, until it is told to stop
    Watch(commands::watch::Args),
    /// Make nothing by itself for a while
    Pause(commands::pause::Args),
    /// End a pause
    Resume(commands::pause::ResumeArgs),
    /// List the archives
    List(commands::list::Args),
    /// Show what is in an archive
    Show(commands::show::Args),
    /// Compare an archive with now, or with another one
    Diff(commands::diff::Args),
    /// Prove that archives are what was written
    Verify(commands::verify::Args),
    /// Bring back a state, in place or into a folder
    Restore(commands::restore::Args),
    /// Bring a chatbot back on a machine that knows nothing of it
    Recover(commands::recover::Args),
    /// Put one moment on a drive, as one archive with all that opening it takes
    Export(commands::export::Args),
    /// Bring back the state before a restore
    Undo(commands::undo::Args),
    /// Remove the archives that no rule keeps
    Prune(commands::prune::Args),
    /// Keep an archive for ever
    Pin(commands::pin::Args),
    /// Let the rules decide about a pinned archive again
    Unpin(commands::pin::Args),
    /// Say where archives are kept: folders and drives
    #[command(visible_alias = "dest")]
    Destination(commands::destination::Args),
    /// What looked wrong in a backup, and say that it was meant
    Alarm(commands::alarm::Args),
    /// Say how the data of database servers is saved, which files do not hold
    Server(commands::server::Args),
    /// Say that lost files were meant to go
    Settle(commands::settle::Args),
    /// Bring to the other destinations what they lack
    Copy(commands::copy::Args),
    /// Get out of a damaged archive what is undamaged
    Salvage(commands::salvage::Args),
    /// Go through a bad day step by step: what broke, what to do, what was done
    Incident(commands::incident::Args),
    /// Look after runbooks: what to do on a bad day, as files
    Runbook(commands::runbook::Args),
    /// Look after the catalog of archives
    Catalog(commands::catalog::Args),
    /// Say how safe the chatbots are
    Status(commands::status::Args),
    /// Look after the keys: recovery kit, passphrase, rotation, trusted people
    Key(commands::key::Args),
    /// Take a chatbot's settings and keys off this machine; its archives stay
    Forget(commands::forget::Args),
    /// Look whether the chatbot is well, once or again and again
    Health(commands::health::Args),
    /// Stop and start the chatbot, and prove that it is down or up
    Service(commands::service::Args),
    /// Check everything that Holdfast rests on
    Doctor(commands::doctor::Args),
    /// Print completions for a shell
    Completions(commands::completions::Args),
    /// Print the manual page, or write all of them
    Man(commands::man::Args),
}

impl Command {
    /// As it is typed; for the log, which must not hold arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Backup(_) => "backup",
            Self::Watch(_) => "watch",
            Self::Pause(_) => "pause",
            Self::Resume(_) => "resume",
            Self::Alarm(_) => "alarm",
            Self::List(_) => "list",
            Self::Show(_) => "show",
            Self::Diff(_) => "diff",
            Self::Verify(_) => "verify",
            Self::Restore(_) => "restore",
            Self::Recover(_) => "recover",
            Self::Export(_) => "export",
            Self::Undo(_) => "undo",
            Self::Prune(_) => "prune",
            Self::Pin(_) => "pin",
            Self::Unpin(_) => "unpin",
            Self::Destination(_) => "destination",
            Self::Server(_) => "server",
            Self::Settle(_) => "settle",
            Self::Copy(_) => "copy",
            Self::Salvage(_) => "salvage",
            Self::Incident(_) => "incident",
            Self::Runbook(_) => "runbook",
            Self::Catalog(_) => "catalog",
            Self::Status(_) => "status",
            Self::Key(_) => "key",
            Self::Forget(_) => "forget",
            Self::Health(_) => "health",
            Self::Service(_) => "service",
            Self::Doctor(_) => "doctor",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Those that touch nothing of Holdfast's leave no trace either.
    pub fn keeps_a_log(&self) -> bool {
        !matches!(self, Self::Completions(_) | Self::Man(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples_and_names_itself() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let name = command.get_name();
            assert!(help.contains(&format!("holdfast {name}")), "{name} shows no example");
        }
    }

    #[test]
    fn the_contract_for_scripts_is_understood() {
        for line in [
            "setup bot --root /d --root /e --to /t --passphrase-file f --exclude *.tmp --exclude x --yes",
            "backup",
            "backup bot --level full",
            "watch",
            "watch --once --json",
            "watch --settle 0s --wait",
            "watch --print-unit",
            "watch --install-unit",
            "pause bot --for 90m",
            "pause --until tomorrow",
            "pause",
            "resume bot",
            "list bot --json",
            "show latest data/webui.db",
            "diff a b",
            "diff",
            "verify --all --full",
            "verify --due --deployment bot --json",
            "status bot --prometheus",
            "restore bot --at latest --component config --component files --path data/x --into /x --dry-run --yes",
            "recover --from /d --at latest --into /x --dry-run --yes --passphrase-file f",
            "recover --from /d --deployment b --map data=/x --map c=/y --user a=b --group 7=8 --signed-by K --identity-file f",
            "recover --from /d --list",
            "export bot --at latest --to /x --format openpgp --dry-run",
            "export --to /x",
            "undo bot --yes",
            "prune --dry-run",
            "destination add Stick --to /media/stick",
            "destination add --to /mnt/x --deployment bot --drive --volume-size 2GB",
            "dest list bot --json",
            "destination remove Stick",
            "destination rename Stick Blue",
            "destination first Stick --deployment bot --dry-run --yes",
            "server list bot",
            "server dump mongodb --in /d/dumps --within-days 8 --deployment bot",
            "server settle mongodb",
            "settle bot --path data/.env --dry-run --yes",
            "settle bot --list",
            "alarm",
            "alarm bot --all",
            "alarm acknowledge 3 --note x --deployment bot",
            "alarm acknowledge 3 --undo",
            "backup --no-prune",
            "settle bot --undo --path data/.env --yes",
            "restore bot --lost --dry-run",
            "setup bot --root /d --to /t --without-server mongodb --yes",
            "copy bot --to Stick --wait",
            "copy bot --dry-run",
            "forget bot --dry-run --yes",
            "copy",
            "copy --check",
            "copy --repair",
            "health bot --check http --check database --json",
            "health --watch 300",
            "health --fix --yes",
            "health --undo-fix",
            "health --check http --trend 7",
            "service status bot",
            "service stop bot --dry-run",
            "service start --yes",
            "pin latest",
            "unpin bot_2026-11-21 --deployment bot",
            "salvage /a/b --into /x --identity-file f --no-keyring",
            "catalog rebuild",
            "setup bot --root /d --to /t --kit kit.html --yes",
            "key kit bot --output kit.html --open",
            "key check bot --groups 3,7 --from typed.txt",
            "key passphrase bot --new-passphrase-file f",
            "key change-passphrase bot --new-passphrase-file f",
            "key rotate bot --signing --yes",
            "key recipients add age1x --name Ana --yes --deployment bot",
            "incident start bot --scenario data-corruption",
            "incident start --symptom 'gone'",
            "incident run",
            "incident do --yes --id bot-2026-11-22-1",
            "incident done --found x",
            "incident answer 2",
            "incident skip --reason no",
            "incident tick before 1 --undo",
            "incident message first",
            "incident close --abandoned --note x",
            "incident report --review --output x.html",
            "incident list bot --text disk --json",
            "runbook list",
            "runbook show data-corruption",
            "runbook check mine.toml",
            "backup --progress json --quiet --stats --no-read-back --manual",
        ] {
            let words = std::iter::once("holdfast").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
        for line in [
            "backup --level weekly",
            "watch --once --wait",
            "pause --for 1h --until tomorrow",
            "restore --component soup",
            "export",
            "verify a --all",
            "verify --due --all",
            "status --prometheus --json",
            "salvage a",
            "recover --into a --map b=c",
            "recover --map b",
            "key kit",
            "key check --groups 11",
            "incident start",
            "incident skip",
            "incident do --was-done --again",
            "health --watch 0",
            "health --trend 7",
            "service",
        ] {
            let words = std::iter::once("holdfast").chain(line.split(' '));
            assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
