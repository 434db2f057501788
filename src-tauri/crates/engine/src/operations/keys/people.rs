use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::context::Context;
use crate::vault::Person;

/// New archives are sealed to this person too; see [`crate::vault::Vault::add_person`].
pub fn add(context: &Context, profile: &Profile, name: &str, recipient: &str) -> Result<Person> {
    let _lock = context.lock(profile.name.as_str(), "a change of who can open archives")?;
    let vault = context.vault(&profile.id)?;
    vault.settle()?;
    vault.add_person(name, recipient, context.clock.now())
}

/// New archives are no longer sealed to this person; see [`crate::vault::Vault::remove_person`].
pub fn remove(context: &Context, profile: &Profile, who: &str) -> Result<Person> {
    let _lock = context.lock(profile.name.as_str(), "a change of who can open archives")?;
    let vault = context.vault(&profile.id)?;
    vault.settle()?;
    vault.remove_person(who)
}
