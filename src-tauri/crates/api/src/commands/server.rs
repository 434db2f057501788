use crate::{Answer, Service};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::operations::discover::{Machine, servers_near};
use holdfast_engine::operations::servers::{self, ServerStanding};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Clone)]
pub struct DumpArgs {
    pub deployment: Option<String>,
    /// `postgres`, `mongodb`, or a beginning of it.
    pub server: String,
    /// A folder or file that is protected.
    pub path: PathBuf,
    /// Older dumps are told.
    pub within_days: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct ServersAnswer {
    /// `problems` where the data of any is in no archive.
    pub outcome: Outcome,
    pub deployment: String,
    pub servers: Vec<ServerStanding>,
    pub problems: Vec<crate::Note>,
}

impl Service {
    /// The database servers of a deployment. Looks for them again beside what is protected, and remembers what is new.
    pub fn servers(&self, deployment: Option<&str>, machine: &Machine) -> Answer<ServersAnswer> {
        let profile = self.profile(deployment)?;
        let roots: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
        servers::note(self.context(), &profile, servers_near(machine, &roots))?;
        self.standing(profile.name.as_str())
    }

    /// Says where a server's dumps are written.
    pub fn dump_server(&self, args: &DumpArgs) -> Answer<ServersAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        servers::dumped_in(self.context(), &profile, &args.server, &args.path, args.within_days)?;
        self.standing(profile.name.as_str())
    }

    /// Says that a server's data is saved otherwise, or that it is not used.
    pub fn settle_server(&self, deployment: Option<&str>, server: &str) -> Answer<ServersAnswer> {
        let profile = self.profile(deployment)?;
        servers::settle(self.context(), &profile, server)?;
        self.standing(profile.name.as_str())
    }

    fn standing(&self, deployment: &str) -> Answer<ServersAnswer> {
        let profile = self.profile(Some(deployment))?;
        let servers = servers::standing(self.context(), &profile)?;
        let open = servers.iter().filter_map(|server| {
            let cause = server.open.as_deref()?;
            Some(holdfast_domain::Problem::new(Code::ServerNotCaptured, &server.kind, cause))
        });
        let problems = crate::Note::all(open);
        Ok(ServersAnswer {
            outcome: crate::note::outcome_of(&problems),
            deployment: deployment.to_owned(),
            servers,
            problems,
        })
    }
}
