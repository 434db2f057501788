use crate::durable;
use crate::error::{Error, Result};
use crate::vault::Vault;
use holdfast_domain::Code;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const FILE: &str = "kit.toml";

/// What this machine remembers of a deployment's kit. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KitRecord {
    /// The public half of the identity that it is of.
    pub recipient: String,
    /// When a page was last made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Timestamp>,
    /// When it was last typed back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Timestamp>,
}

impl Vault {
    /// The kit of the present identity; one of an identity from before a rotation counts as none. What cannot be read
    /// counts as never made: it is a reminder and no more.
    pub fn kit_record(&self) -> Result<KitRecord> {
        let recipient = self.public()?.recipients.into_iter().next().unwrap_or_default();
        let text = std::fs::read_to_string(self.folder.join(FILE)).unwrap_or_default();
        let kept: KitRecord = toml::from_str(&text).unwrap_or_default();
        Ok(if kept.recipient == recipient { kept } else { KitRecord { recipient, ..KitRecord::default() } })
    }

    pub fn note_kit(&self, change: impl FnOnce(&mut KitRecord)) -> Result<KitRecord> {
        let mut record = self.kit_record()?;
        change(&mut record);
        let path = self.folder.join(FILE);
        let text = toml::to_string(&record).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::write_if_changed(&path, text.as_bytes(), 0o600)?;
        Ok(record)
    }
}
