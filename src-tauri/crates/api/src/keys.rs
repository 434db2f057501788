//! What archives are opened with: given, out of the keyring, or asked for.
use crate::kept::KeptKeys;
use crate::{Answer, Failure, SecretText, Service};
use holdfast_domain::Code;
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::reading::Reading;
use holdfast_engine::operations::shelves::{Shelves, is_remote};
use holdfast_engine::vault::{Given, KeySet, Passphrase, RECOVERY_KEY, parse_identity_file, unseal};
use holdfast_engine::{Error, Result};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Asks the person for the passphrase of the thing named; only called when nothing else opens the archives. The second
/// time with why the first was refused.
pub type Ask = dyn Fn(&str, Option<&Failure>) -> Answer<Passphrase> + Send + Sync;

/// Fetches the passphrase from where the person said that it is: only when it is needed, for it may cost a question.
pub type Fetch = dyn Fn() -> Answer<Passphrase> + Send + Sync;

/// What the person gave to open archives with.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "KeysGiven")]
pub struct Keys {
    pub passphrase: Option<Arc<Fetch>>,
    /// The content of an identity file.
    pub identity: Option<Zeroizing<String>>,
    /// Such a file, read when it is needed.
    pub identity_file: Option<PathBuf>,
    pub ask: Option<Arc<Ask>>,
    /// Hears of an archive that has to be decrypted whole before it can be read, and can stop that.
    pub job: Option<Arc<Job>>,
    /// Go on where a signature is missing or is not ours.
    pub accept_unverified: bool,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("accept_unverified", &self.accept_unverified).finish_non_exhaustive()
    }
}

/// The same as it comes from a window, which asks before it calls: `key-needed` is then a failure, and it calls again.
#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct KeysGiven {
    #[ts(type = "string | null")]
    pub passphrase: Option<SecretText>,
    /// The recovery key, as typed.
    #[ts(type = "string | null")]
    pub identity: Option<SecretText>,
    /// A file with it, which is read here and never by the window.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub identity_file: Option<PathBuf>,
    pub accept_unverified: bool,
}

impl From<KeysGiven> for Keys {
    fn from(given: KeysGiven) -> Self {
        let passphrase = given.passphrase.map(|text| {
            let fetch = move || text.clone().into_passphrase();
            Arc::new(fetch) as Arc<Fetch>
        });
        Self {
            passphrase,
            identity: given.identity.map(SecretText::into_text),
            identity_file: given.identity_file,
            ask: None,
            job: None,
            accept_unverified: given.accept_unverified,
        }
    }
}

impl Keys {
    /// Whether the person gave anything that opens archives.
    pub(crate) fn is_given(&self) -> bool {
        self.passphrase.is_some() || self.identity.is_some() || self.identity_file.is_some()
    }

    /// The identity that was given, out of its file if it is in one.
    pub(crate) fn identity(&self) -> Answer<Option<Zeroizing<String>>> {
        match (&self.identity, &self.identity_file) {
            (Some(text), _) => Ok(Some(text.clone())),
            (None, Some(file)) => identity_from_file(file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// How often a person may mistype.
const TRIES: usize = 3;

impl Service {
    /// Keeps what a person opened archives with for so long, in memory alone: for a program that stays. It is let go of
    /// before that when another deployment's archives are opened, and when keys or people of any are changed.
    #[must_use]
    pub fn keeping_keys(mut self, how_long: Duration) -> Self {
        self.kept = KeptKeys::new(how_long);
        self
    }

    /// Wipes what was kept longer ago than it may be. To be called now and then.
    pub fn let_go_of_old_keys(&self) {
        self.kept.let_go_of_old(&**self.clock());
    }

    /// Wipes what was kept.
    pub fn let_go_of_keys(&self) {
        self.kept.let_go();
    }

    /// The keys for an archive: those that were kept, else as `reading_anew`.
    pub(crate) fn reading(&self, profile: Option<&Profile>, archive: Option<&Path>, keys: &Keys) -> Answer<Reading> {
        // A drive's own recovery key may be of other keys than those that are kept.
        let Some(profile) = profile.filter(|_| foreign_folder(profile, archive).is_none()) else {
            self.kept.let_go();
            return self.reading_anew(profile, archive, keys);
        };
        let clock = self.clock().clone();
        let is_given = keys.is_given();
        if let Some(kept) = self.kept.get(&profile.id, &*clock).filter(|_| !is_given) {
            if self.is_of(profile, &kept) {
                let context = self.context();
                let mut reading = Reading::of_deployment_with(context, &profile.id, kept, keys.accept_unverified)?;
                self.equip(&mut reading, keys);
                return Ok(reading);
            }
            self.kept.let_go();
        }
        let reading = self.reading_anew(Some(profile), archive, keys)?;
        // What the keyring gave it gives again. A key that somebody typed may be anybody's.
        if (is_given || keys.ask.is_some()) && self.is_of(profile, reading.keys()) {
            self.kept.put(&profile.id, reading.keys(), &*clock);
        }
        Ok(reading)
    }

    /// Whether new archives of the deployment are sealed to these keys.
    fn is_of(&self, profile: &Profile, keys: &KeySet) -> bool {
        let public = self.context().vault(&profile.id).and_then(|vault| vault.public());
        public.is_ok_and(|public| public.recipients.contains(&keys.recipient()))
    }

    fn equip(&self, reading: &mut Reading, keys: &Keys) {
        reading.count = self.count().clone();
        reading.job.clone_from(&keys.job);
    }

    /// The keys for an archive: of the deployment where it is known here, else from the recovery key beside it. What was
    /// kept does not count.
    pub(crate) fn reading_anew(
        &self,
        profile: Option<&Profile>,
        archive: Option<&Path>,
        keys: &Keys,
    ) -> Answer<Reading> {
        // An identity goes before any passphrase, so that one is not even fetched.
        let identity_text = keys.identity()?;
        let fetch = keys.passphrase.as_ref().filter(|_| identity_text.is_none());
        let mut given = Given {
            passphrase: fetch.map(|fetch| fetch()).transpose()?,
            identity_text,
            recovery_folder: foreign_folder(profile, archive),
        };
        let mut tries_left = TRIES;
        loop {
            let opened = if let Some(profile) = profile {
                Reading::of_deployment(self.context(), &profile.id, &given, keys.accept_unverified)
            } else {
                let shelves = Arc::new(Shelves::new(self.context()));
                beside(&shelves, archive, &given).map(|set| {
                    Reading::with_keys(set, keys.accept_unverified).in_home(self.context()).with_shelves(shelves)
                })
            };
            let mistyped = |e: &Error| e.code() == Code::WrongPassphrase && tries_left < TRIES;
            match (opened, &keys.ask) {
                (Ok(mut reading), _) => {
                    self.equip(&mut reading, keys);
                    return Ok(reading);
                }
                (Err(e), Some(ask)) if tries_left > 0 && (e.code() == Code::KeyNeeded || mistyped(&e)) => {
                    let name = profile.map_or_else(|| "the archive".to_owned(), |p| p.name.to_string());
                    let refused = mistyped(&e).then(|| Failure::from(e));
                    given.passphrase = Some(ask(&name, refused.as_ref())?);
                    tries_left -= 1;
                }
                (Err(e), _) => return Err(named(profile, e)),
            }
        }
    }
}

/// People know a deployment by its name, and not by the id that its keys are filed under.
fn named(profile: Option<&Profile>, error: Error) -> Failure {
    match profile {
        Some(profile) if error.code() == Code::KeyNeeded => {
            Failure::new(Code::KeyNeeded, format!("the key of {}", profile.name), error.cause())
        }
        _ => error.into(),
    }
}

/// The archive's folder, where a recovery key lies in it and it is not one of the deployment's own.
fn foreign_folder(profile: Option<&Profile>, archive: Option<&Path>) -> Option<PathBuf> {
    let folder = archive?.parent()?;
    let own =
        profile.is_some_and(|p| p.destinations.iter().filter_map(|d| d.path()).any(|path| folder.starts_with(path)));
    (!own && folder.join(RECOVERY_KEY).is_file()).then(|| folder.to_owned())
}

/// Keys for an archive of which this machine knows no deployment.
fn beside(shelves: &Shelves, archive: Option<&Path>, given: &Given) -> Result<KeySet> {
    if let Some(text) = &given.identity_text {
        return parse_identity_file(text);
    }
    let subject = archive.map_or_else(|| "the archive".to_owned(), |path| path.display().to_string());
    let remote = archive.filter(|path| is_remote(path)).map(|path| shelves.recovery_key(path)).transpose()?.flatten();
    let Some(folder) = given.recovery_folder.clone().or_else(|| remote.is_some().then(PathBuf::new)) else {
        let cause = "this machine knows no key for it, and no recovery-key.age lies beside it";
        return Err(Error::new(Code::WrongKey, subject, cause));
    };
    let Some(passphrase) = &given.passphrase else {
        return Err(Error::new(Code::KeyNeeded, subject, "no passphrase or identity file was given"));
    };
    let path = folder.join(RECOVERY_KEY);
    let sealed = remote.map_or_else(|| std::fs::read(&path).map_err(|e| Error::io(&path, e)), Ok)?;
    unseal(&sealed, passphrase)
}

/// Nothing that holds a key comes near: a drive may hold anything.
const IDENTITY_LIMIT: u64 = 1 << 20;

/// What an identity file holds. `Code::KeyNeeded` where it is a sealed one, `Code::WrongKey` where it cannot be one.
pub fn identity_from_file(path: &Path) -> Answer<Zeroizing<String>> {
    let what = || format!("the identity file {}", path.display());
    let read = || -> std::io::Result<Zeroizing<Vec<u8>>> {
        let file = File::open(path)?;
        // Roomy from the start, so that growing leaves no copy behind.
        let length = file.metadata()?.len().min(IDENTITY_LIMIT) as usize;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
        file.take(IDENTITY_LIMIT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|e| Failure::unread(what(), e))?;
    if bytes.starts_with(b"age-encryption.org/") {
        let cause = "it is the sealed recovery key: its passphrase opens it, and beside archives it is found by itself";
        return Err(Failure::new(Code::KeyNeeded, what(), cause));
    }
    if bytes.len() as u64 > IDENTITY_LIMIT {
        return Err(Failure::new(Code::WrongKey, what(), "it is far too long for a key"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::new(Code::WrongKey, what(), "it is no text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The passphrase in a file.
pub fn passphrase_from_file(path: &Path) -> Answer<Passphrase> {
    let unread = |e: std::io::Error| Failure::unread(format!("the passphrase file {}", path.display()), e);
    let bytes = Zeroizing::new(std::fs::read(path).map_err(unread)?);
    let refused = |e: Error| Failure::new(e.code(), format!("the passphrase in {}", path.display()), e.cause());
    Passphrase::from_file_content(&bytes).map_err(refused)
}

/// The passphrase that a command prints; it runs in the system's shell, and may ask the person on the terminal.
pub fn passphrase_from_command(command: &str) -> Answer<Passphrase> {
    let failed = |cause: String| Failure::new(Code::BadRequest, "the passphrase command", cause);
    let output = Command::new("sh").arg("-c").arg(command).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| failed(format!("it could not be started: {e}")))?;
    let text = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    Passphrase::from_file_content(&text).map_err(|e| failed(format!("what it printed cannot be used: {}", e.cause())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_or_prints_nothing_gives_no_passphrase() {
        assert!(passphrase_from_command("echo tide").is_ok());
        for command in ["false", "true", "exit 3"] {
            assert_eq!(passphrase_from_command(command).unwrap_err().code, Code::BadRequest, "{command}");
        }
    }

    #[test]
    fn an_empty_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pass");
        std::fs::write(&path, "\n").unwrap();
        let failure = passphrase_from_file(&path).unwrap_err();
        assert_eq!(failure.code, Code::BadRequest);
        assert!(failure.subject.ends_with("pass"), "{failure:?}");
    }
}
