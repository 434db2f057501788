//! Short questions with a default, for someone who may have slept three hours.
use super::telling;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::words::printable;
use holdfast_api::{Answer, ArchiveName, Code, Failure, Passphrase, RecoverFound, RecoverOpened, RootInfo};
use std::path::{Path, PathBuf};

/// Moments that are offered; all are shown with `--list`.
const OFFERED: usize = 12;

pub fn from(session: &Session) -> Answer<PathBuf> {
    if !session.out.interactive {
        let cause = "it does not say where the archives are, and there is no terminal to ask on";
        return Err(Failure::not_begun("the recovery", cause, "Name the drive or folder with --from."));
    }
    eprintln!("Plug in the drive with the archives. Its folder is often below /media or /run/media.");
    let typed = prompt::line("Where are the archives?", "")?;
    if typed.is_empty() {
        return Err(Failure::new(Code::Cancelled, "the recovery", "no place was named"));
    }
    Ok(PathBuf::from(typed))
}

/// Which deployment, where there are several.
pub fn deployment(found: &RecoverFound) -> Answer<Option<String>> {
    let names: Vec<&str> = found.deployments.iter().map(|one| one.name.as_str()).collect();
    let several_folders = names.windows(2).any(|pair| pair[0] == pair[1]);
    if names.len() < 2 || several_folders {
        return Ok(None);
    }
    for (number, one) in found.deployments.iter().enumerate() {
        eprintln!("  {}  {}  {} archives in {}", number + 1, one.name, one.archives, one.folder.display());
    }
    let chosen = prompt::one_of("Which chatbot?", names.len())?;
    Ok(Some(names[chosen].to_owned()))
}

/// With the recovery key alone, nothing on the drive tells whose archives these should be.
pub fn trust(opened: RecoverOpened, session: &Session) -> Answer<RecoverOpened> {
    session.out.clear();
    eprintln!(
        "The recovery key opens the archives. It does not tell who wrote them: anyone who had the drive could have"
    );
    eprintln!("put others there. The signing key in the recovery kit tells.");
    let typed = prompt::line("Signing key from the kit (Enter if you do not have it)", "")?;
    if !typed.is_empty() {
        return session.service.recover_trusting(&opened, Some(&typed), false, &session.job);
    }
    if prompt::typed_yes("It cannot be checked who wrote these archives.")? {
        return session.service.recover_trusting(&opened, None, true, &session.job);
    }
    Err(Failure::new(Code::Cancelled, "the recovery", "it was not answered with yes"))
}

/// The printed key restores; to go on with backups it has to be sealed again. Nothing typed: restore only.
pub fn new_passphrase(opened: &RecoverOpened, session: &Session) -> Answer<Option<Passphrase>> {
    if !opened.answer.needs_new_passphrase {
        return Ok(None);
    }
    session.out.clear();
    eprintln!(
        "To protect it here from then on, the recovery key is sealed with a new passphrase, and new archives are"
    );
    eprintln!(
        "signed with a new key. The printed recovery key stays right; print the kit again for the new signing key."
    );
    if !prompt::yes("Choose a new passphrase now?")? {
        return Ok(None);
    }
    prompt::new_passphrase(&opened.answer.deployment).map(Some)
}

pub fn moment(opened: &RecoverOpened, session: &Session) -> Answer<ArchiveName> {
    let newest = session.service.recover_choose(opened, None)?.archive.clone();
    let moments = &opened.answer.moments;
    if moments.len() == 1 {
        return Ok(newest);
    }
    session.out.clear();
    telling::moments(&opened.answer, OFFERED, &session.out);
    let question = "Which moment? A number, a time such as 'yesterday 14:30', or a name";
    let mut tries_left = 5;
    loop {
        let typed = prompt::line(question, newest.as_str())?;
        let numbered = typed.parse::<usize>().ok().and_then(|number| moments.get(number.checked_sub(1)?));
        if let Some(moment) = numbered {
            return Ok(moment.archive.clone());
        }
        match session.service.recover_choose(opened, Some(&typed)) {
            Ok(moment) => return Ok(moment.archive.clone()),
            Err(failure) if tries_left > 0 => eprintln!("{}", failure.title),
            Err(failure) => return Err(failure),
        }
        tries_left -= 1;
    }
}

/// Where each root goes: where it was, or, where that was in somebody's home who is not on this machine, in this
/// person's. Gives those that go elsewhere.
pub fn places(roots: &[RootInfo], session: &Session) -> Answer<Vec<(String, PathBuf)>> {
    session.out.clear();
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    eprintln!("Where to? Enter takes what stands in brackets.");
    let mut moved = Vec::new();
    for root in roots {
        let proposed = home.as_deref().and_then(|home| at_home(&root.path, home)).unwrap_or_else(|| root.path.clone());
        if proposed != root.path {
            eprintln!("  {} was {}, which is not on this machine", printable(&root.name), shown(&root.path));
        }
        let place = place(&root.name, &proposed, home.as_deref())?;
        if place != root.path {
            moved.push((root.name.clone(), place));
        }
    }
    Ok(moved)
}

/// Asks until a whole path is typed: whoever types "yes" here means the brackets, not a folder of that name.
fn place(root: &str, proposed: &Path, home: Option<&Path>) -> Answer<PathBuf> {
    for _ in 0..5 {
        let typed = prompt::line(&format!("  {}", printable(root)), &proposed.to_string_lossy())?;
        match (typed.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => return Ok(home.join(rest)),
            _ if typed.starts_with('/') => return Ok(PathBuf::from(typed)),
            _ => eprintln!("  That is no whole path: one begins with / or ~/. Enter takes what stands in brackets."),
        }
    }
    Err(Failure::new(Code::Cancelled, "the recovery", "no place was named"))
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// The same place in this person's home, for a path in the home of a user who is not here.
fn at_home(path: &Path, home: &Path) -> Option<PathBuf> {
    let homes = ["/home", "/Users"].iter().find_map(|homes| path.strip_prefix(homes).ok())?;
    let mut parts = homes.components();
    let user = parts.next()?;
    let theirs = path.ancestors().find(|ancestor| ancestor.file_name() == Some(user.as_os_str()))?;
    (!theirs.exists()).then(|| home.join(parts.as_path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_a_home_that_is_not_here_are_proposed_in_this_one() {
        let home = Path::new("/home/me");
        for (path, expected) in [
            ("/home/nobody-is-called-so/bot/data", Some("/home/me/bot/data")),
            ("/Users/nobody-is-called-so/bot", Some("/home/me/bot")),
            ("/srv/bot", None),
            ("/home", None),
        ] {
            assert_eq!(at_home(Path::new(path), home).as_deref(), expected.map(Path::new), "{path}");
        }
    }
}
