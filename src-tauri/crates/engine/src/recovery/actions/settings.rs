//! The configuration now and in an archive, setting by setting.
use super::super::settings::{FILE_BYTES, Settings, differences, parse};
use super::super::steps::{Done, Request};
use super::Hands;
use super::files::live;
use crate::archive::{Entry, EntryKind};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::browse;
use holdfast_domain::Class;
use holdfast_domain::runbook::StepResult;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Configuration files by `ROOT/...`, with their content.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

impl Hands<'_> {
    pub(super) fn config_now(&self, job: &Job) -> Result<Files> {
        let is_config = |file: &super::files::LiveFile| file.class == Class::Config && file.meta.len() <= FILE_BYTES;
        let mut files = Files::new();
        for file in live(self, job, is_config)? {
            let content = std::fs::read(&file.path).map_err(|e| Error::io(&file.path, e))?;
            files.insert(file.inner, content);
        }
        Ok(files)
    }

    pub(super) fn config_in(&self, archive: &Path, job: &Job) -> Result<Files> {
        let reading = self.outside.reading(archive)?;
        let (moment, readers) = reading.moment(archive, |_| false)?;
        let is_config = |entry: &Entry| {
            entry.kind == EntryKind::File && entry.class == Class::Config && entry.size <= FILE_BYTES && !entry.database
        };
        let mut files = Files::new();
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            if is_config(&entry) {
                let mut content = Vec::with_capacity(entry.size as usize);
                browse::read_file(&readers, &entry, &mut content, job)?;
                files.insert(entry.display().into_owned(), content);
            }
        }
        Ok(files)
    }
}

pub(super) fn settings_of(path: &str, content: &[u8]) -> Option<std::result::Result<Settings, String>> {
    parse(Path::new(path), std::str::from_utf8(content).ok()?)
}

pub(super) fn compare(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (name, path) = hands.meant(request)?;
    let (before, now) = (hands.config_in(&path, job)?, hands.config_now(job)?);
    let wanted = request.texts("paths");
    let mut lines = Vec::new();
    let mut differing = 0;
    let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for path in paths.into_iter().filter(|path| wanted.is_empty() || wanted.contains(path)) {
        let (held, present) = (before.get(path), now.get(path));
        if held == present {
            continue;
        }
        differing += 1;
        lines.push(match (held, present) {
            (Some(_), None) => format!("{path}: it is gone"),
            (None, Some(_)) => format!("{path}: it is new"),
            _ => format!("{path}:"),
        });
        let read = |content: Option<&Vec<u8>>| content.and_then(|content| settings_of(path, content));
        match (read(held), read(present)) {
            (held, Some(Err(why))) => {
                lines.push(format!("  now it cannot be read: {}", first_words(&why)));
                let held = held.and_then(std::result::Result::ok).unwrap_or_default();
                lines.extend(held.keys().map(|name| format!("  it had {name}")));
            }
            (None | Some(Err(_)), None) => lines.push("  its content differs".to_owned()),
            (held, now) => {
                let told = differences(&sound(held), &sound(now));
                if told.is_empty() {
                    lines.push("  no setting differs, only how it is written".to_owned());
                }
                lines.extend(told.into_iter().map(|line| format!("  {line}")));
            }
        }
    }
    let done = match differing {
        0 => Done::new(StepResult::Nothing, format!("No configuration file differs from {name}.")),
        _ => Done::new(StepResult::Done, format!("Configuration files that differ from {name}: {differing}.")),
    };
    Ok(done.with_lines(lines).with_value(name))
}

fn sound(of: Option<std::result::Result<Settings, String>>) -> Settings {
    of.and_then(std::result::Result::ok).unwrap_or_default()
}

/// What a parser says may hold a value: the first words tell enough.
fn first_words(why: &str) -> String {
    why.split(['`', '"']).next().unwrap_or_default().trim().chars().take(100).collect()
}
