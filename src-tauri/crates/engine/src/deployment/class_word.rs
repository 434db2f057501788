//! Classes in settings and presets, in the words that the command line takes.
use holdfast_domain::Class;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub fn serialize<S: Serializer>(class: &Class, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(class.as_str())
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Class, D::Error> {
    let word = String::deserialize(from)?;
    Class::parse(&word).ok_or_else(|| {
        let known: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
        D::Error::custom(format!("{word:?} is no class; there is {}", known.join(", ")))
    })
}
