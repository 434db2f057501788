//! The set-up as questions, on a terminal: which chatbot, what of it, where to.
use super::found;
use crate::session::{Session, machine};
use crate::terminal::prompt;
use holdfast_api::{Answer, Code, Failure, SetupArgs};
use std::path::{Path, PathBuf};

/// So often a question is asked again.
const TRIES: usize = 5;

/// Looks, shows, and lets the person choose.
pub fn choose(session: &Session) -> Answer<SetupArgs> {
    session.out.aside("Looking for chatbots on this machine...");
    let answer = session.service.find(&machine()?, &session.job)?;
    found::show(&answer, session);
    let question = match answer.found.len() {
        0 => "\nA folder to protect".to_owned(),
        1 => "\nProtect it? Enter, or the path of another folder".to_owned(),
        count => format!("\nWhich one? A number from 1 to {count}, or the path of a folder (Enter: 1)"),
    };
    for _ in 0..TRIES {
        session.out.clear();
        let text = match prompt::wish(&question)? {
            Some(text) => text,
            None if answer.found.is_empty() => continue,
            None => "1".to_owned(),
        };
        if let Ok(found) = answer.choose(&text) {
            return Ok(found.setup());
        }
        let root = typed_path(&text);
        if root.exists() {
            return Ok(SetupArgs { roots: vec![root], ..SetupArgs::default() });
        }
        eprintln!("{text} is neither one of them nor a folder that is there.");
    }
    Err(Failure::new(Code::Cancelled, "the set-up", "nothing was chosen"))
}

/// Lets the person change name, roots and what is left out.
pub fn adjust(args: &mut SetupArgs, session: &Session) -> Answer<()> {
    session.out.clear();
    let name = args.name.as_deref().map(|name| format!(" (Enter: {name})")).unwrap_or_default();
    if let Some(name) = prompt::wish(&format!("Its name here{name}"))? {
        args.name = Some(name);
    }
    if args.roots.len() > 1 {
        for (index, root) in args.roots.iter().enumerate() {
            eprintln!("  {}  {}", index + 1, found::path(root));
        }
        let text = prompt::wish("Protect all of these? Enter, or the numbers of those to leave away")?;
        let away: Vec<usize> = text.iter().flat_map(|t| t.split([' ', ','])).filter_map(|n| n.parse().ok()).collect();
        let mut number = 0;
        args.roots.retain(|_| {
            number += 1;
            !away.contains(&number)
        });
    }
    while let Some(text) = prompt::wish("Another folder or file to protect (Enter: none)")? {
        let root = typed_path(&text);
        if root.exists() {
            args.roots.push(root);
        } else {
            eprintln!("{text} is not there.");
        }
    }
    while let Some(pattern) = prompt::wish("Something to leave out, as in .gitignore (Enter: none)")? {
        args.exclude.push(pattern);
    }
    Ok(())
}

/// Where the archives go.
pub fn destination(session: &Session) -> Answer<PathBuf> {
    session.out.clear();
    for _ in 0..TRIES {
        if let Some(text) = prompt::wish("Where to keep the archives, a folder or a drive")? {
            return Ok(typed_path(&text));
        }
    }
    Err(Failure::new(Code::Cancelled, "the set-up", "no place for the archives was named"))
}

/// A person types `~` where no shell replaces it.
fn typed_path(text: &str) -> PathBuf {
    let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    match (text.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home,
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => Path::new(text).to_owned(),
    }
}
