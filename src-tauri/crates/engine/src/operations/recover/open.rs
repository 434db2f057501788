//! Opens what was found: the keys, whose signature counts, and the moments that can be had.
use super::contents::Contents;
use super::find::Deposit;
use super::moments::{Candidate, assess};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::context::Context;
use crate::operations::reading::Reading;
use crate::vault::{Given, KeySet, RECOVERY_KEY, parse_identity_file, unseal};
use holdfast_domain::Code;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whose archives are trusted.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The public signing key that the person has from the recovery kit; goes before the one on the drive.
    pub signed_by: Option<String>,
    /// Go on where a signature is missing, is not ours, or cannot be checked.
    pub accept_unverified: bool,
}

/// A deposit whose archives open.
#[derive(Debug)]
pub struct Opened {
    pub deposit: Deposit,
    /// Newest first.
    pub candidates: Vec<Candidate>,
    pub reading: Reading,
    pub(super) keys: KeySet,
    /// The recovery key as it lies on the drive.
    pub(super) sealed: Option<Vec<u8>>,
    contents: Contents,
}

/// A recovery key is some hundred bytes; a drive may hold anything under its name.
const SEALED_LIMIT: u64 = 1 << 20;

/// Opens a deposit with what is given: the key itself, or the passphrase of the recovery key beside the archives.
///
/// `KeyNeeded` where neither is given, `WrongPassphrase`, `WrongKey` where no archive opens with it. Archives that cannot
/// be used are no error: they say why. What archives hold is read where that takes seconds; see [`Opened::read_through`].
pub fn open(context: &Context, deposit: Deposit, given: &Given, trust: &Trust, job: &Job) -> Result<Opened> {
    let sealed = sealed(&deposit.folder)?;
    let keys = keys(&deposit, sealed.as_deref(), given)?;
    let reading = reading(context, &keys, trust);
    let mut candidates = assess(&deposit, &reading, job)?;
    let contents = Contents::look(context, &deposit, &candidates, false, job)?;
    contents.tell(&mut candidates);
    Ok(Opened { deposit, candidates, reading, keys, sealed, contents })
}

impl Opened {
    /// Whether protection goes on here only with a new passphrase, and with the signing key from the kit: the key itself
    /// was given, and not what opens the sealed one.
    pub fn has_bare_key(&self) -> bool {
        self.keys.signing().is_none()
    }

    /// Looks again, with another say in whose archives are trusted.
    pub fn with_trust(&self, context: &Context, trust: &Trust, job: &Job) -> Result<Self> {
        let reading = reading(context, &self.keys, trust);
        let mut candidates = assess(&self.deposit, &reading, job)?;
        let (deposit, keys, sealed) = (self.deposit.clone(), self.keys.clone(), self.sealed.clone());
        let contents = self.contents.clone();
        contents.tell(&mut candidates);
        Ok(Self { deposit, candidates, reading, keys, sealed, contents })
    }

    /// Reads every archive whole and compares it with the checksum beside it, however long that takes.
    pub fn read_through(mut self, context: &Context, job: &Job) -> Result<Self> {
        self.contents = Contents::look(context, &self.deposit, &self.candidates, true, job)?;
        self.contents.tell(&mut self.candidates);
        Ok(self)
    }
}

fn reading(context: &Context, keys: &KeySet, trust: &Trust) -> Reading {
    let reading = Reading::with_keys(keys.clone(), trust.accept_unverified).in_home(context);
    match &trust.signed_by {
        Some(public) => reading.signed_by(public.clone()),
        None => reading,
    }
}

fn keys(deposit: &Deposit, sealed: Option<&[u8]>, given: &Given) -> Result<KeySet> {
    let by_passphrase = || match (sealed, &given.passphrase) {
        (Some(sealed), Some(passphrase)) => unseal(sealed, passphrase).map(Some),
        _ => Ok(None),
    };
    if let Some(text) = &given.identity_text {
        let bare = parse_identity_file(text)?;
        // With the passphrase too, the recovery key adds what signs; a wrong one is said.
        return Ok(by_passphrase()?.unwrap_or(bare));
    }
    if let Some(keys) = by_passphrase()? {
        return Ok(keys);
    }
    let subject = format!("the key of {}", deposit.name);
    if sealed.is_none() {
        let cause = format!(
            "no {RECOVERY_KEY} lies in {}, so a passphrase is of no use: only the recovery key itself opens them",
            deposit.folder.display()
        );
        return Err(Error::new(Code::KeyNeeded, subject, cause));
    }
    Err(Error::new(Code::KeyNeeded, subject, "neither the passphrase nor the recovery key was given"))
}

fn sealed(folder: &Path) -> Result<Option<Vec<u8>>> {
    let path = folder.join(RECOVERY_KEY);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io(path, e)),
    };
    let mut bytes = Vec::new();
    file.take(SEALED_LIMIT).read_to_end(&mut bytes).map_err(|e| Error::io(&path, e))?;
    Ok(Some(bytes))
}
