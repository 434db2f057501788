use super::open::Opened;
use super::owners::StrangeOwner;
use super::profile::{Made, absolute, chosen, made, places};
use super::{adopt, emergency, owners};
use crate::archive::Manifest;
use crate::deployment::{self, Profile};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::context::Context;
use crate::operations::restore::{self, Owners, RestorePlan, RestoreRequest, Scope, Target};
use crate::store::Marker;
use crate::vault::Passphrase;
use holdfast_domain::{ArchiveName, Code, Problem};
use std::path::PathBuf;

/// Where to.
#[derive(Debug, Clone)]
pub enum Place {
    /// Where each root was captured, except for those named here. What is there now is preserved.
    Original { moved: Vec<(String, PathBuf)> },
    /// Below a folder that is empty or not there: root `data` becomes `FOLDER/data`.
    Into(PathBuf),
}

#[derive(Debug, Clone)]
pub struct RecoverRequest {
    /// One of the deposit's.
    pub archive: ArchiveName,
    pub scope: Scope,
    pub place: Place,
    pub owners: Owners,
    /// Make an archive of what lies in the original places now, where something does.
    pub emergency: bool,
    /// Take the deployment under protection here afterwards.
    pub adopt: bool,
    /// For that where there is the printed key alone: what signed its archives is not on paper, and the key has to be
    /// sealed again.
    pub anew: Option<Anew>,
}

/// The passphrase of a recovery key that is sealed anew.
#[derive(Debug, Clone)]
pub struct Anew {
    pub passphrase: Passphrase,
    /// As for [`crate::vault::seal`].
    pub work_factor: Option<u8>,
}

/// Whether protection goes on here after the recovery.
#[derive(Debug, Clone)]
pub enum Adoption {
    /// It will, with archives in this folder. Settings that the archive did not carry are found anew.
    Will {
        destination: PathBuf,
        carried: bool,
    },
    /// This machine protects it already.
    Already,
    NotWanted,
    Cannot(Problem),
}

/// What a recovery will do; `run` does just that.
#[derive(Debug)]
pub struct RecoverPlan {
    pub restore: RestorePlan,
    pub adoption: Adoption,
    /// Owners of files that this machine does not know, as far as they can be named here.
    pub owners: Vec<StrangeOwner>,
    pub(super) profile: Profile,
    pub(super) anew: Option<Anew>,
    pub(super) marker: Option<Marker>,
    /// The settings by which what is there now is archived first.
    pub(super) emergency: Option<Profile>,
}

/// Says what a recovery would do. Writes nothing, except that where an interrupted one left something in the original
/// places, that is brought to an end first.
pub fn plan(context: &Context, opened: &Opened, request: RecoverRequest, job: &Job) -> Result<RecoverPlan> {
    let candidate = opened.candidates.iter().find(|candidate| candidate.archive == request.archive);
    let Some(candidate) = candidate else {
        return Err(Error::new(Code::ArchiveMissing, &request.archive, "it is not among those that were found"));
    };
    if let Some(problem) = &candidate.problem {
        return Err(Error::new(problem.code, &problem.subject, &problem.cause));
    }
    // A part of it may lie apart from the damage; that shows when it is read.
    if let Some(damaged) = candidate.damaged.as_ref().filter(|_| request.scope.is_everything()) {
        return Err(Error::new(damaged.code, &damaged.subject, &damaged.cause));
    }
    let Some(manifest) = candidate.manifest.clone() else {
        return Err(Error::new(Code::ArchiveDamaged, &request.archive, "it could not be opened"));
    };
    let known = known_here(context, &manifest);
    let (target, Made { profile, marker, carried }) = match (&request.place, known) {
        (Place::Original { moved }, Some(profile)) if moved.is_empty() => {
            (Target::InPlace, Made { profile, marker: None, carried: true })
        }
        (Place::Original { moved }, _) => {
            (Target::InPlace, made(&manifest, &opened.deposit, &places(&manifest, moved)?)?)
        }
        (Place::Into(folder), _) => {
            let folder = absolute(folder)?;
            let moved: Vec<_> = manifest.roots.iter().map(|r| (r.name.clone(), folder.join(&r.name))).collect();
            (Target::Into(folder), made(&manifest, &opened.deposit, &places(&manifest, &moved)?)?)
        }
    };
    let adoption = adoption(context, opened, &request, &manifest, &profile, carried);
    let already = matches!(adoption, Adoption::Already);
    let restore = RestoreRequest {
        profile: Some(profile.clone()),
        archive: candidate.path.clone(),
        scope: request.scope,
        target,
        emergency: request.emergency && already,
    };
    let mut restore = restore::plan(context, &opened.reading, restore, job)?.with_owners(request.owners.clone());
    let here = request.owners.apply(context.users());
    let (owners, notices) = owners::strangers(&restore, &context.users(), &here)?;
    restore.preview.notices.extend(notices);
    let mut emergency = None;
    if request.emergency && !already {
        emergency = emergency::needed(&profile, &opened.deposit, &restore.preview);
    }
    Ok(RecoverPlan { restore, adoption, owners, profile, anew: request.anew, marker, emergency })
}

/// The settings by which this machine knows that very deployment already.
fn known_here(context: &Context, manifest: &Manifest) -> Option<Profile> {
    let known = deployment::load_all(&context.home).ok()?;
    known.profiles.into_iter().find(|profile| profile.id == manifest.deployment_id)
}

fn adoption(
    context: &Context,
    opened: &Opened,
    request: &RecoverRequest,
    manifest: &Manifest,
    profile: &Profile,
    carried: bool,
) -> Adoption {
    if known_here(context, manifest).is_some() {
        return Adoption::Already;
    }
    if !request.adopt {
        return Adoption::NotWanted;
    }
    let cannot = |cause: String| Adoption::Cannot(Problem::new(Code::NotProtected, profile.name.as_str(), cause));
    if !request.scope.is_everything() {
        return cannot("only a part of it is restored".to_owned());
    }
    let Some(destination) = chosen(&opened.deposit) else {
        let cause = format!(
            "its archives lie in {}, and can only be continued in a folder Holdfast/{}",
            opened.deposit.folder.display(),
            profile.name
        );
        return cannot(cause);
    };
    if deployment::path_of(&context.home, &profile.name).exists() {
        return cannot("another deployment of that name is set up here".to_owned());
    }
    match adopt::complete(opened, request.anew.as_ref()) {
        Ok(()) => Adoption::Will { destination, carried },
        Err(cause) => cannot(cause.to_owned()),
    }
}
