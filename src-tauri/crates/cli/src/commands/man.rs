use crate::args::Cli;
use crate::ending::Ending;
use crate::session::Session;
use clap::CommandFactory;
use clap_mangen::Man;
use holdfast_api::{Answer, Code, Exit, Failure, Outcome};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast man | man -l -
  holdfast man --dir ~/.local/share/man/man1")]
pub struct Args {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let object = if let Some(dir) = &args.dir {
        let pages = write_all(dir).map_err(|e| Failure::new(Code::InputOutput, dir.display().to_string(), e))?;
        for page in &pages {
            session.out.say(page.display().to_string());
        }
        json!({ "outcome": Outcome::Done, "pages": pages })
    } else {
        let mut page = Vec::new();
        let written = Man::new(Cli::command()).render(&mut page);
        written.map_err(|e| Failure::new(Code::Internal, "the manual page", e))?;
        let page = String::from_utf8_lossy(&page).into_owned();
        session.out.line(page.trim_end());
        json!({ "outcome": Outcome::Done, "page": page })
    };
    Ok(Ending { exit: Exit::Done, object })
}

fn write_all(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir)?;
    let mut command = Cli::command();
    command.build();
    let mut pages = vec![Man::new(command.clone()).generate_to(dir)?];
    let mut waiting: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned());
        pages.push(Man::new(command).generate_to(dir)?);
    }
    pages.sort();
    Ok(pages)
}
