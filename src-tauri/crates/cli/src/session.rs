//! What a command works with: the service, the job, the keys that were given, and the way to the person.
use crate::args::Global;
use crate::log;
use crate::terminal::{Out, prompt};
use holdfast_api::{
    Answer, AskSecret, Code, Failure, Job, Keys, Passphrase, RecoverKeys, Service, ServiceOptions, home_folder,
    identity_from_file, passphrase_from_command, passphrase_from_file,
};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

pub struct Session {
    pub service: Service,
    pub job: Arc<Job>,
    pub out: Out,
    global: Global,
    started: Instant,
}

/// What `--stats` says.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Stats {
    /// From archives.
    pub read_bytes: u64,
    pub elapsed_ms: u64,
}

impl Session {
    pub fn start(global: &Global, with_log: bool) -> Answer<Self> {
        let started = Instant::now();
        let variables = |name: &str| std::env::var(name).ok();
        let service = Service::new(ServiceOptions { home: home_folder()?, keyring: !global.no_keyring, variables });
        if with_log {
            log::start(service.prepare_logs().ok().as_deref(), global.verbose);
        }
        let out = Out::new(global, service.clock().clone());
        let job = service.job(out.monitor());
        crate::terminal::cancel_on_signals(&job, &out);
        Ok(Self { service, job, out, global: global.clone(), started })
    }

    pub fn without_keyring(&self) -> bool {
        self.global.no_keyring
    }

    pub fn stats(&self) -> Option<Stats> {
        let elapsed_ms =
            u64::try_from(self.started.elapsed().saturating_sub(prompt::waited()).as_millis()).unwrap_or(u64::MAX);
        self.global.stats.then(|| Stats { read_bytes: self.service.read_bytes(), elapsed_ms })
    }

    /// The keys for opening archives: what was given; on a terminal the person is asked where that is not enough.
    pub fn keys(&self, accept_unverified: bool) -> Answer<Keys> {
        let identity = self.global.identity_file.as_deref().map(identity_from_file).transpose()?;
        let source = self.passphrase_source();
        let passphrase = source.map(|source| Arc::new(move || source.fetch()) as Arc<holdfast_api::Fetch>);
        let out = self.out.clone();
        let ask: Option<Arc<holdfast_api::Ask>> = self.out.interactive.then(|| {
            let ask = move |name: &str, refused: Option<&Failure>| {
                out.clear();
                if let Some(failure) = refused {
                    eprintln!("{}", failure.title);
                }
                prompt::passphrase(&format!("Passphrase of {name}: "))
            };
            Arc::new(ask) as Arc<holdfast_api::Ask>
        });
        let job = Some(self.job.clone());
        Ok(Keys { passphrase, identity, identity_file: None, ask, job, accept_unverified })
    }

    /// The same for a machine that knows no keys: whatever is typed opens the archives, the passphrase or the key itself.
    pub fn recovery_keys(&self, accept_unverified: bool) -> Answer<RecoverKeys> {
        let keys = Keys { ask: None, ..self.keys(accept_unverified)? };
        let out = self.out.clone();
        let ask: Option<Arc<AskSecret>> = self.out.interactive.then(|| {
            let ask = move |name: &str, refused: Option<&Failure>| {
                out.clear();
                if let Some(failure) = refused {
                    eprintln!("{}", failure.title);
                }
                prompt::secret(&format!("Passphrase of {name}, or its recovery key from the kit (nothing is shown): "))
            };
            Arc::new(ask) as Arc<AskSecret>
        });
        Ok(RecoverKeys { keys, ask, signed_by: None })
    }

    /// By option or environment.
    pub fn given_passphrase(&self) -> Answer<Option<Passphrase>> {
        self.passphrase_source().map(|source| source.fetch()).transpose()
    }

    fn passphrase_source(&self) -> Option<Source> {
        if let Some(path) = &self.global.passphrase_file {
            return Some(Source::File(path.clone()));
        }
        if let Some(command) = &self.global.passphrase_command {
            return Some(Source::Command(command.clone()));
        }
        let path = std::env::var_os("HOLDFAST_PASSPHRASE_FILE").filter(|path| !path.is_empty());
        path.map(|path| Source::File(path.into()))
    }

    /// Goes on only after a deliberate yes: `--yes`, or typed on a terminal.
    pub fn confirm(&self, yes: bool, what: &str, question: &str) -> Answer<()> {
        if yes {
            return Ok(());
        }
        self.out.clear();
        if !self.out.interactive {
            let cause = "it needs a yes, and there is no terminal to ask on";
            let step = format!("Repeat it with --yes: {} --yes", prompt::this_command());
            return Err(Failure::not_begun(what, cause, step));
        }
        if prompt::typed_yes(question)? {
            return Ok(());
        }
        Err(Failure::new(Code::Cancelled, what, "it was not answered with yes"))
    }
}

/// Where the passphrase is, as the person said.
enum Source {
    File(PathBuf),
    Command(String),
}

impl Source {
    fn fetch(&self) -> Answer<Passphrase> {
        match self {
            Self::File(path) => passphrase_from_file(path),
            Self::Command(command) => passphrase_from_command(command),
        }
    }
}
