//! How far each part of a chatbot is behind what it may lose.
use super::archives::{ArchiveInfo, to_go_back};
use super::status::Gathered;
use crate::words::{overdue_step, overdue_title};
use crate::{Answer, Service};
use holdfast_domain::recovery_point::{self, Component};
use holdfast_domain::{Class, Kind};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::{browse, upkeep};
use holdfast_engine::scheduler;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct RecoveryPoint {
    pub class: Class,
    /// The newest moment of it that a restore brings back whole; `None` where there were some and none is.
    pub at: Option<Timestamp>,
    /// Where none is: of when a salvage brings it out whole, as a verification found.
    pub comes_out: Option<Timestamp>,
    /// The schedule's interval, or what its class asks for where backups are made by hand alone.
    pub target_seconds: u64,
    /// It is behind its target by more than an archive may be late.
    pub overdue: bool,
    /// When its target was passed.
    pub overdue_since: Option<Timestamp>,
}

impl RecoveryPoint {
    fn component(&self) -> Component {
        let target = SignedDuration::from_secs(self.target_seconds as i64);
        Component { class: self.class, at: self.at, target }
    }
}

/// That something is behind its target, for a notification. Each is given once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct OverdueNotice {
    pub deployment: String,
    /// `The databases of bot were backed up 3 h ago.`
    pub title: String,
    pub text: String,
    pub classes: Vec<Class>,
}

/// Archives that are looked through for a class that the newest ones hold badly.
const LOOKED_BACK: usize = 30;

impl Service {
    /// In the order of classes; those that the deployment does not have are left away.
    pub(super) fn points(&self, profile: &Profile, gathered: &Gathered) -> Answer<Vec<RecoveryPoint>> {
        let Gathered { archives, facts, .. } = gathered;
        let newest = archives.iter().find(|archive| archive.restorable && archive.kind != Kind::Export);
        let Some(newest) = newest else { return Ok(Vec::new()) };
        let now = self.clock().now();
        let mut held = self.classes_of(profile, newest)?;
        // A database that is none any more was one.
        held.extend(newest.lacks.iter().chain(&newest.lost));
        held.sort_unstable();
        held.dedup();
        let back = to_go_back(archives, now);
        let mut points = Vec::new();
        for class in held {
            let whole = back.iter().take(LOOKED_BACK).find(|a| !a.lacks.contains(&class) && !a.lost.contains(&class));
            let at = whole.map(|archive| archive.created);
            let target = profile.schedule.target(class);
            let overdue = recovery_point::overdue(&Component { class, at, target }, now);
            points.push(RecoveryPoint {
                class,
                at,
                comes_out: facts.comes_out().filter(|_| class == Class::Database && at.is_none()),
                target_seconds: target.as_secs() as u64,
                overdue: overdue.is_some(),
                overdue_since: overdue.and_then(|overdue| overdue.since),
            });
        }
        Ok(points)
    }

    /// What is to be told overdue now, of all deployments: each part once, until it was in order again. Where nothing is made
    /// by itself, and while that is paused, nobody is told; nor where it was told that no
    /// archive can be made, which says it already. To be asked every few minutes.
    pub fn overdue_notices(&self) -> Answer<Vec<OverdueNotice>> {
        let mut notices = Vec::new();
        let (home, now) = (&self.context().home, self.clock().now());
        for profile in deployment::load_all(home)?.profiles {
            let quiet =
                scheduler::paused_until(home, &profile.id, now).is_some() || scheduler::in_trouble(home, &profile.id);
            if !profile.schedule.enabled || quiet {
                continue;
            }
            let gathered = self.gather(&profile)?;
            let points = self.points(&profile, &gathered)?;
            let components: Vec<Component> = points.iter().map(RecoveryPoint::component).collect();
            let news = upkeep::newly_overdue(self.context(), &profile.id, &components)?;
            if news.is_empty() {
                continue;
            }
            let classes: Vec<Class> = news.iter().map(|one| one.class).collect();
            // Where nothing of one comes back, that is the worse.
            let oldest = news.iter().map(|one| one.at).min().flatten();
            notices.push(OverdueNotice {
                deployment: profile.name.to_string(),
                title: overdue_title(profile.name.as_str(), &classes, oldest, now),
                text: overdue_step(gathered.facts.destination_there).to_owned(),
                classes,
            });
        }
        Ok(notices)
    }

    /// The classes that the newest archive holds that can be restored.
    pub(super) fn newest_classes(&self, profile: &Profile) -> Answer<Vec<Class>> {
        let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
        let newest = archives.iter().find(|archive| archive.restorable && archive.kind.is_regular());
        newest.map_or_else(|| Ok(Vec::new()), |newest| self.classes_of(profile, newest))
    }

    /// The classes that an archive holds; none where the catalog has no list of its files, as after a rebuild without a key.
    fn classes_of(&self, profile: &Profile, archive: &ArchiveInfo) -> Answer<Vec<Class>> {
        let catalog = self.context().catalog()?.0;
        let Some(row) = catalog.archives().get(&profile.id, &archive.name)? else { return Ok(Vec::new()) };
        Ok(browse::classes(&catalog, &row).unwrap_or_else(|e| {
            tracing::debug!(archive = %archive.name, cause = %e.cause(), "its classes are not known");
            Vec::new()
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::tests::{Hand, World};
    use holdfast_domain::Class;
    use std::sync::Arc;

    #[test]
    fn what_is_behind_is_told_once_by_whoever_asks_first() {
        let clock = Arc::new(Hand::default());
        let world = World::at(clock.clone());
        world.backup(None);
        let asked = |minutes: i64| {
            clock.sleep(minutes * 60);
            world.service.overdue_notices().unwrap()
        };
        assert!(asked(80).is_empty(), "an archive may be late");
        assert!(asked(15).is_empty(), "it is only seen for now");
        let told = asked(20);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].title, "The files of bot were last backed up 2 h ago.");
        assert_eq!((told[0].classes.as_slice(), told[0].deployment.as_str()), (&[Class::Files][..], "bot"));
        let other = crate::commands::tests::service_at(
            &world.folder().join("home"),
            Arc::new(holdfast_engine::vault::NoKeyring),
            clock.clone(),
        );
        assert!(asked(30).is_empty() && other.overdue_notices().unwrap().is_empty());
        let status = world.service.status(None).unwrap();
        assert!(status.deployments[0].points[0].overdue && status.deployments[0].points[0].overdue_since.is_some());
        world.backup(None);
        assert!(asked(1).is_empty());
        assert!(!world.service.status(None).unwrap().deployments[0].points[0].overdue);
        // Behind again, it is told again.
        assert!(asked(95).is_empty());
        assert_eq!(asked(20).len(), 1);
    }
}
