//! What actions get from the api: which archive is meant, and the keys that the person gave.
use crate::{Answer, Failure, Keys, Service};
use holdfast_domain::{Class, Code};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::reading::Reading;
use holdfast_engine::recovery::actions::Outside;
use holdfast_engine::{Error, Result};
use std::path::{Path, PathBuf};

pub(super) struct Given<'a> {
    pub service: &'a Service,
    pub profile: &'a Profile,
    pub keys: &'a Keys,
}

impl Given<'_> {
    fn choose(&self, at: &str, components: &[Class]) -> Answer<PathBuf> {
        let catalog = self.service.catalog(&mut Vec::new())?;
        let name = self.profile.name.as_str();
        if !at.trim().eq_ignore_ascii_case("latest") {
            return Ok(self.service.choose(&catalog, Some(name), at)?.path());
        }
        let taken = self.service.to_take(&catalog, self.profile, components)?;
        let nothing = || Failure::new(Code::NothingToRestore, name, "no archive is whole; look at holdfast status");
        let taken = taken.ok_or_else(nothing)?;
        Ok(self.service.choose(&catalog, Some(name), taken.archive.as_str())?.path())
    }
}

impl Outside for Given<'_> {
    fn archive(&self, at: &str, components: &[Class]) -> Result<PathBuf> {
        self.choose(at, components).map_err(error)
    }

    fn reading(&self, archive: &Path) -> Result<Reading> {
        self.service.reading(Some(self.profile), Some(archive), self.keys).map_err(error)
    }
}

fn error(failure: Failure) -> Error {
    Error::new(failure.code, failure.subject, failure.cause)
}
