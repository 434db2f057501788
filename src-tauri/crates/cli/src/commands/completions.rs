use crate::args::Cli;
use crate::ending::Ending;
use crate::session::Session;
use clap::CommandFactory;
use clap_complete::Shell;
use holdfast_api::{Exit, Outcome};
use serde_json::json;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast completions bash > ~/.local/share/bash-completion/completions/holdfast
  holdfast completions zsh > ~/.zfunc/_holdfast
  holdfast completions fish > ~/.config/fish/completions/holdfast.fish")]
pub struct Args {
    shell: Shell,
}

pub fn run(args: Args, session: &Session) -> Ending {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "holdfast", &mut script);
    let script = String::from_utf8_lossy(&script);
    session.out.line(script.trim_end());
    let object = json!({ "outcome": Outcome::Done, "shell": args.shell.to_string(), "script": script });
    Ending { exit: Exit::Done, object }
}
