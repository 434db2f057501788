//! A watch for each deployment whose settings want changes of its configuration archived.
use super::{Changes, pasts};
use crate::deployment::Profile;
use crate::operations::Context;
use crate::operations::restore::OwnRestores;
use crate::watch::{Budget, Options, RootStanding, Watch};
use holdfast_domain::schedule::Change;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Watches {
    context: Context,
    budget: Arc<Budget>,
    /// By the deployment's id.
    watched: BTreeMap<String, Watched>,
}

struct Watched {
    profile: Profile,
    /// `None` where it could not begin.
    watch: Option<Watch>,
    /// The last change, while more may come. An archive that is dated later holds it.
    since: Option<Timestamp>,
}

impl Watches {
    pub fn new(context: Context) -> Self {
        Self { context, budget: Budget::of_system(), watched: BTreeMap::new() }
    }

    fn begin(&self, profile: &Profile) -> Option<Watch> {
        let ours = Box::new(OwnRestores::new(&self.context, &profile.id));
        let mut options = Options::new(self.context.clock.clone(), self.budget.clone(), ours);
        let rows = self.context.catalog().and_then(|(catalog, _)| catalog.archives().list(Some(&profile.id)));
        options.archived = rows.ok().and_then(|rows| pasts(&rows).iter().map(|past| past.at).max());
        match Watch::start(profile, self.context.home.path(), options) {
            Ok(watch) => Some(watch),
            Err(e) => {
                tracing::warn!(deployment = %profile.name, error = %e, "changes are not noticed");
                None
            }
        }
    }
}

impl Changes for Watches {
    fn config(&mut self, profile: &Profile, now: Timestamp) -> Option<Change> {
        if !profile.schedule.enabled || !profile.schedule.on_change {
            self.watched.remove(&profile.id);
            return None;
        }
        let known = self.watched.get(&profile.id);
        if known.is_none_or(|known| !is_watched_alike(&known.profile, profile)) {
            let since = self.watched.remove(&profile.id).and_then(|known| known.since);
            let begun = Watched { profile: profile.clone(), watch: self.begin(profile), since };
            self.watched.insert(profile.id.clone(), begun);
        }
        let watched = self.watched.get_mut(&profile.id)?;
        let seen = watched.watch.as_ref()?.take(now);
        if let Some(config) = seen.config {
            // The last one: an archive that is dated between the first change and this one does not hold this one.
            watched.since = watched.since.max(Some(config.latest));
        }
        let since = watched.since?;
        if seen.settled {
            watched.since = None;
        }
        Some(Change { since, settled: seen.settled })
    }

    fn standing(&self, deployment_id: &str) -> Vec<RootStanding> {
        let watch = self.watched.get(deployment_id).and_then(|watched| watched.watch.as_ref());
        watch.map(Watch::standing).unwrap_or_default()
    }

    fn only(&mut self, profiles: &[Profile]) {
        self.watched.retain(|id, _| profiles.iter().any(|profile| profile.id == *id));
    }
}

/// Whether what is watched follows from these settings as from the others.
fn is_watched_alike(one: &Profile, other: &Profile) -> bool {
    let of = |profile: &Profile| {
        let Profile { preset, exclude, include_recreatable, roots, rules, destinations, .. } = profile.clone();
        (preset, exclude, include_recreatable, roots, rules, destinations)
    };
    of(one) == of(other)
}
