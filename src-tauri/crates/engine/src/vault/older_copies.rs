use crate::durable;
use crate::error::{Error, Result};
use crate::vault::Vault;
use holdfast_domain::Code;
use std::collections::BTreeSet;

const FILE: &str = "older-copies.json";

impl Vault {
    /// The places, by their ids, whose copy of the recovery key is one from before: they were away when it was replaced.
    /// What cannot be read counts as none: it is a reminder and no more.
    pub fn older_copies(&self) -> BTreeSet<String> {
        let text = std::fs::read(self.folder.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Notes that a place has the present recovery key, or one from before.
    pub fn note_copy(&self, place: &str, older: bool) -> Result<()> {
        let mut places = self.older_copies();
        let changed = if older { places.insert(place.to_owned()) } else { places.remove(place) };
        if !changed {
            return Ok(());
        }
        let path = self.folder.join(FILE);
        let text = serde_json::to_vec(&places).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::write(&path, &text, 0o600)
    }
}
