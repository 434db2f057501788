//! Reads arguments. Their types were checked when the runbook was read; what is filled in is checked here.
use super::super::steps::Request;
use crate::error::{Error, Result};
use holdfast_domain::runbook::Value;
use holdfast_domain::{Class, Code};

impl Request {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.with.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Of one that the runbook had to give.
    pub(super) fn required(&self, name: &str) -> Result<&str> {
        let missing = || Error::new(Code::BadRequest, format!("{} of {}", name, self.action), "it is not given");
        self.text(name).ok_or_else(missing)
    }

    pub(super) fn texts(&self, name: &str) -> &[String] {
        match self.with.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.with.get(name), Some(Value::Flag(true)))
    }

    pub(super) fn number(&self, name: &str, otherwise: u64) -> u64 {
        match self.with.get(name) {
            Some(Value::Number(number)) => *number,
            _ => otherwise,
        }
    }

    pub(super) fn components(&self) -> Vec<Class> {
        self.texts("components").iter().filter_map(|word| Class::parse(word)).collect()
    }

    /// Which archive; the one to go back to where nothing is said.
    pub(super) fn at(&self) -> &str {
        self.text("at").unwrap_or("latest")
    }
}
