//! Proves a recovery kit: what is printed is typed back, and tried on the newest archive.
use crate::archive::{ArchiveReader, ReadCount};
use crate::catalog::State;
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::operations::browse;
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::vault::kit::groups;
use crate::vault::{Given, KeySet, parse_identity_file};
use holdfast_domain::{ArchiveName, Code, Kind, Problem};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// What a person typed from the page.
#[derive(Clone)]
pub enum TypedBack {
    /// All of the key, in whatever form, or an identity file.
    Whole(Zeroizing<String>),
    /// Some groups by their numbers.
    Groups(Vec<(usize, Zeroizing<String>)>),
    /// The groups that the person was asked for: whoever can tell these has the page.
    Asked(Vec<(usize, Zeroizing<String>)>),
}

impl std::fmt::Debug for TypedBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedBack(..)")
    }
}

/// That a kit is right.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Remembered until the key is rotated. `None` where some groups alone were compared, of the person's choice.
    pub proven: Option<Timestamp>,
    /// The groups that were compared; empty where all of the key was typed.
    pub groups: Vec<usize>,
    /// The newest archive, opened with what was typed.
    pub opened: Option<ArchiveName>,
    /// Why no archive was opened.
    pub unopened: Option<Problem>,
}

/// Compares what was typed with the deployment's key and opens its newest archive with it. `keys` are the deployment's
/// own: needed for single groups alone, and they help to name the group of a mistake.
///
/// `Code::Mistyped` names the groups that are wrong; `Code::WrongKey` is a whole key of something else, or from before a
/// rotation. What was typed is in no error.
pub fn check(context: &Context, profile: &Profile, typed: &TypedBack, keys: Option<&KeySet>) -> Result<Proof> {
    let vault = context.vault(&profile.id)?;
    let public = vault.public()?;
    let keyring = if keys.is_none() { vault.identity(&Given::default()).ok() } else { None };
    let known = keys.or(keyring.as_ref()).filter(|keys| public.recipients.contains(&keys.recipient()));
    let proves = !matches!(typed, TypedBack::Groups(given) if given.len() < groups::COUNT);
    let (typed, compared) = match typed {
        TypedBack::Whole(text) => (whole(text, known)?, Vec::new()),
        TypedBack::Groups(given) | TypedBack::Asked(given) => {
            let needed =
                || Error::new(Code::KeyNeeded, &profile.name, "single groups are compared with the key itself");
            let known = known.ok_or_else(needed)?;
            (some(given, known)?, given.iter().map(|(number, _)| *number).collect())
        }
    };
    let recipient = typed.recipient();
    if let Some(retired) = public.retired.iter().find(|retired| retired.key == recipient) {
        let cause = format!(
            "it is the key from before {}: it opens older archives alone, so make a new kit",
            retired.until.to_zoned(context.clock.zone()).strftime("%Y-%m-%d %H:%M")
        );
        return Err(Error::new(Code::WrongKey, &profile.name, cause));
    }
    if !public.recipients.contains(&recipient) {
        let cause = "it was typed without a mistake, and is the key of another deployment";
        return Err(Error::new(Code::WrongKey, &profile.name, cause));
    }
    let (opened, unopened) = match open_newest(context, profile, &typed)? {
        Ok(name) => (Some(name), None),
        Err(problem) => (None, Some(problem)),
    };
    let proven = proves.then(|| context.clock.now());
    if proves {
        vault.note_kit(|record| record.proven = proven)?;
    }
    Ok(Proof { proven, groups: compared, opened, unopened })
}

fn whole(text: &str, known: Option<&KeySet>) -> Result<KeySet> {
    let read = parse_identity_file(text).or_else(|e| match e.code() {
        Code::KeyNeeded => Err(e),
        _ => groups::read(text).map(|identity| KeySet::new(identity, None)),
    });
    match (read, known) {
        // Typed without the check letters, so only the key itself tells where the mistake is.
        (Err(e), Some(known)) if e.code() == Code::Mistyped => {
            Err(groups::differing(text, &known.identity_line()).unwrap_or(e))
        }
        (read, _) => read,
    }
}

/// Stands for the whole key where all groups that were typed are right.
fn some(given: &[(usize, Zeroizing<String>)], known: &KeySet) -> Result<KeySet> {
    let line = known.identity_line();
    let mut wrong = Vec::new();
    for (number, text) in given {
        match groups::read_group(*number, text) {
            Ok(letters) if groups::of(&line).any(|group| group.number == *number && group.letters == letters) => {}
            Err(e) if e.code() != Code::Mistyped => return Err(e),
            Ok(_) | Err(_) => wrong.push(*number),
        }
    }
    if given.is_empty() {
        return Err(Error::new(Code::BadRequest, "the recovery key", "no group was typed"));
    }
    if wrong.is_empty() { Ok(KeySet::new(known.identity().clone(), None)) } else { Err(groups::wrong_groups(&wrong)) }
}

/// Opens the envelope and reads the manifest. That there is none, or that its drive is away, is no failure of the kit.
fn open_newest(context: &Context, profile: &Profile, keys: &KeySet) -> Result<Result<ArchiveName, Problem>> {
    let rows = browse::archives(context, Some(&profile.id))?;
    let sound = rows.iter().filter(|row| row.kind != Kind::Emergency && row.verified.is_none_or(|v| v.ok));
    let Some(row) = sound.clone().find(|row| row.state == State::Present) else {
        let cause =
            if sound.count() > 0 { "no archive is at hand to try the key on" } else { "there is no archive yet" };
        return Ok(Err(Problem::new(Code::NothingToRestore, profile.name.as_str(), cause)));
    };
    ArchiveReader::open(&path_of(row), keys.identities(), &ReadCount::default())?;
    Ok(Ok(row.name.clone()))
}
