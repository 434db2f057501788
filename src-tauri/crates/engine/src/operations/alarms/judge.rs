use super::beside::Before;
use super::compare::compare;
use super::look::Looker;
use crate::archive::{LevelSource, Lists, Manifest, Moment};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::jobs::{Job, Problems};
use holdfast_domain::Code;
use holdfast_domain::alarm::{Alarm, Facts, Finding, NAMED, Scrambled, findings, is_noise, is_over};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Alarms that an archive carries though they are closed.
const CLOSED: usize = 10;

/// An archive whose lists are written, and whose manifest is not yet.
pub(in crate::operations) struct Made<'a> {
    pub manifest: &'a Manifest,
    /// Packed.
    pub index: &'a [u8],
    pub parent: Option<&'a Moment>,
    pub problems: &'a Problems,
    pub on_disk: &'a dyn Fn(&[u8]) -> PathBuf,
    pub job: &'a Job,
}

/// What an archive carries, and what was raised by it.
#[derive(Debug, Default)]
pub(in crate::operations) struct Judged {
    pub carried: Vec<Alarm>,
    pub raised: Vec<Alarm>,
}

/// Looks whether anything is wrong in an archive, reports that, and goes on with the alarms that are open. One of what a
/// restore replaces raises none: it only says of itself that it holds noise.
pub(in crate::operations) fn judge(catalog: &Catalog, before: &Before, made: &Made<'_>) -> Result<Judged> {
    let id = &made.manifest.deployment_id;
    let mut alarms = catalog.alarms().list(id)?;
    let mut looker = Looker::new(made.on_disk, made.job);
    let facts = gather(before, made, &alarms, &mut looker)?;
    let regular = made.manifest.kind.is_regular();
    let mut found = findings(&facts);
    for alarm in alarms.iter_mut().filter(|alarm| alarm.is_standing()) {
        let still = go_on(alarm, &facts.scrambled, &mut looker);
        found.retain(|finding| {
            let same = finding.is_same_trouble(&alarm.finding);
            if same && !told_until_over(finding) && regular {
                made.problems.add(finding.problem(made.manifest.deployment.as_str()));
            }
            !same
        });
        if is_over(alarm, &facts, still) {
            alarm.over = regular.then(|| made.manifest.archive.clone());
        } else if told_until_over(&alarm.finding) {
            made.problems.add(alarm.finding.problem(made.manifest.deployment.as_str()));
        }
    }
    if !regular {
        found.retain(|finding| matches!(finding, Finding::Scrambled { .. }));
    }
    let mut next = alarms.iter().map(|alarm| alarm.id).max().unwrap_or(0) + 1;
    let mut raised = Vec::new();
    for finding in found {
        made.problems.add(finding.problem(made.manifest.deployment.as_str()));
        if regular {
            let (archive, since) = (made.manifest.archive.clone(), made.manifest.created);
            let good = before.good.clone();
            raised.push(Alarm { id: next, archive, since, finding, good, over: None, acknowledged: None });
            next += 1;
        }
    }
    let mut closed = 0;
    alarms.retain(|alarm| {
        closed += usize::from(!alarm.is_open());
        alarm.is_open() || closed <= CLOSED
    });
    let carried = raised.iter().cloned().chain(alarms).collect();
    Ok(Judged { carried, raised })
}

/// As long as it is so, every archive says it of itself.
fn told_until_over(finding: &Finding) -> bool {
    matches!(finding, Finding::Scrambled { .. } | Finding::DatabaseEmptied { .. })
}

fn gather(before: &Before, made: &Made<'_>, alarms: &[Alarm], looker: &mut Looker<'_>) -> Result<Facts> {
    let told = [Code::RootEmpty, Code::RootShrunk, Code::FilesLost, Code::DatabaseLost];
    let facts = Facts {
        files: made.manifest.tree.files,
        bytes: made.manifest.tree.bytes,
        past: before.past.clone(),
        restored: before.restored,
        unreadable: made.problems.count(Code::FileUnreadable),
        losses_told: told.iter().any(|code| made.problems.count(*code) > 0),
        ..Facts::default()
    };
    let Some(moment) = &before.moment else { return Ok(facts) };
    let own = LevelSource {
        manifest: Arc::new(made.manifest.clone()),
        manifest_sha256: String::new(),
        lists: Lists::Packed { index: made.index.into(), blocks: None },
    };
    let below = made.parent.iter().flat_map(|parent| parent.levels().iter().cloned());
    let now = Moment::new(std::iter::once(own).chain(below).collect())?;
    if now.tree() == moment.tree() {
        return Ok(facts);
    }
    let meant = alarms.iter().filter(|alarm| !alarm.is_open()).flat_map(|alarm| match &alarm.finding {
        Finding::Scrambled { paths, .. } => &paths[..],
        _ => &[],
    });
    let meant: HashSet<&str> = meant.map(String::as_str).collect();
    compare(&now, moment, &meant, looker, facts)
}

/// Takes into an alarm what came to it, and says how many files of it are noise now.
fn go_on(alarm: &mut Alarm, more: &Scrambled, looker: &mut Looker<'_>) -> u64 {
    let Finding::Scrambled { files, renamed, databases, paths } = &mut alarm.finding else { return 0 };
    let still = paths.iter().filter(|path| looker.head(path.as_bytes()).is_some_and(is_noise)).count() as u64;
    let known: HashSet<String> = paths.iter().cloned().collect();
    let new: Vec<&String> = more.paths.iter().filter(|path| !known.contains(*path)).collect();
    if !new.is_empty() {
        // Those that changed again are counted already.
        *files += more.files.saturating_sub((more.paths.len() - new.len()) as u64);
        *renamed += more.renamed;
        *databases += more.databases;
        paths.extend(new.into_iter().take(NAMED.saturating_sub(known.len())).cloned());
    }
    still + more.files
}
