use super::adopt::{self, Adopted, Taking};
use super::open::Opened;
use super::plan::{Adoption, RecoverPlan};
use super::{emergency, stale};
use crate::error::Result;
use crate::jobs::{Job, Problems};
use crate::operations::context::Context;
use crate::operations::restore::{self, RestoreReport};
use holdfast_domain::{Code, Outcome, Severity};

/// What a recovery did.
#[derive(Debug)]
pub struct RecoverReport {
    /// With all problems, those of the adoption too.
    pub restored: RestoreReport,
    /// `None` where protection does not go on from here.
    pub adopted: Option<Adopted>,
    /// Where the chatbot says whether it is well, if that is known.
    pub health_url: Option<String>,
    /// The chatbot, if it was recognised.
    pub preset: Option<String>,
}

/// Does what the plan says. Failed or cancelled before the restored state takes its place, the target and this machine are
/// as they were; after that, the restore stands, and what else could not be done is a problem.
pub fn run(context: &Context, opened: &Opened, plan: RecoverPlan, job: &Job) -> Result<RecoverReport> {
    let RecoverPlan { restore, adoption, profile, anew, marker, emergency, owners: _ } = plan;
    let problems = Problems::default();
    let made = match &emergency {
        Some(present) => emergency::make(context, opened, present, job, &problems)?,
        None => None,
    };
    let suspects = stale::suspects(&restore)?;
    let mut restored = restore::run(context, restore, job)?;
    restored.emergency = restored.emergency.or(made);
    restored.problems.extend(stale::notices(&suspects, &restored, job));
    let adopted = match adoption {
        Adoption::Will { carried, .. } => take_over(
            context,
            opened,
            &Taking { profile: &profile, anew: anew.as_ref(), marker, carried },
            &problems,
            job,
        ),
        Adoption::Cannot(problem) => {
            problems.add(problem);
            None
        }
        Adoption::Already | Adoption::NotWanted => None,
    };
    restored.problems.extend(problems.into_list());
    if restored.problems.iter().any(|problem| problem.severity() == Severity::Problem) {
        restored.outcome = Outcome::Problems;
    }
    let settings = adopted.as_ref().and_then(|adopted| crate::deployment::load(&adopted.settings).ok());
    let settings = settings.unwrap_or(profile);
    Ok(RecoverReport { restored, adopted, health_url: settings.health_url, preset: settings.preset })
}

fn take_over(
    context: &Context,
    opened: &Opened,
    taking: &Taking<'_>,
    problems: &Problems,
    job: &Job,
) -> Option<Adopted> {
    match adopt::run(context, opened, taking, problems, job) {
        Ok(adopted) => Some(adopted),
        Err(e) => {
            problems.report(
                Code::NotProtected,
                taking.profile.name.as_str(),
                format!("{}: {}", e.subject(), e.cause()),
            );
            None
        }
    }
}
