//! Requests as they come over the seam of the window: plain data. Those of which a command takes all are its `Args`.
use crate::keys::KeysGiven;
use crate::{Answer, CheckArgs, Passphrase, RecoverArgs, RecoverKeys, SecretText};
use holdfast_domain::DeploymentName;
use holdfast_engine::operations::keys::TypedBack;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A plan stays here; the window holds its number and what it may show.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Planned<Preview> {
    /// Run it once, or drop it.
    pub plan: String,
    pub preview: Preview,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PlanArgs {
    pub plan: String,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct DeploymentArgs {
    /// `null`: the only one.
    pub deployment: Option<String>,
}

/// The shell runs one command with the keys of one deployment.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockArgs {
    pub deployment: Option<String>,
    pub keys: KeysGiven,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PassphraseText {
    #[ts(type = "string")]
    pub passphrase: SecretText,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SetupRunArgs {
    pub plan: String,
    #[ts(type = "string")]
    pub passphrase: SecretText,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PassphraseArgs {
    pub deployment: Option<String>,
    #[ts(type = "string")]
    pub old: SecretText,
    #[ts(type = "string")]
    pub new: SecretText,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct KitArgs {
    pub deployment: Option<String>,
    /// `null`: the shell shows the page in a window of its own, to be printed; it never comes into this one.
    pub file: Option<PathBuf>,
    pub keys: KeysGiven,
}

/// What was typed from the page: all of it, or the groups that were asked for.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "TypedBack")]
pub enum TypedText {
    Whole(#[ts(type = "string")] SecretText),
    Groups(#[ts(type = "Array<[number, string]>")] Vec<(usize, SecretText)>),
}

impl From<TypedText> for TypedBack {
    fn from(typed: TypedText) -> Self {
        match typed {
            TypedText::Whole(text) => Self::Whole(text.into_text()),
            TypedText::Groups(groups) => {
                Self::Asked(groups.into_iter().map(|(number, text)| (number, text.into_text())).collect())
            }
        }
    }
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CheckKitArgs {
    pub deployment: Option<String>,
    pub typed: TypedText,
    pub keys: KeysGiven,
}

impl From<CheckKitArgs> for CheckArgs {
    fn from(args: CheckKitArgs) -> Self {
        Self { deployment: args.deployment, typed: args.typed.into(), keys: args.keys.into() }
    }
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct NamedDestination {
    pub deployment: Option<String>,
    pub name: String,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RenameDestination {
    pub deployment: Option<String>,
    pub name: String,
    pub to: String,
}

/// A trusted person.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AddPersonArgs {
    pub deployment: Option<String>,
    pub name: String,
    /// `age1...`
    pub recipient: String,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RemovePersonArgs {
    pub deployment: Option<String>,
    /// A name or a key.
    pub who: String,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SalvageArgs {
    pub deployment: Option<String>,
    pub archive: String,
    pub into: PathBuf,
    pub keys: KeysGiven,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RecoverFindArgs {
    pub from: PathBuf,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RecoverOpenArgs {
    /// As `recover_find` gave it.
    pub folder: PathBuf,
    /// Needed only where the folder holds archives of several.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub deployment: Option<DeploymentName>,
    pub keys: KeysGiven,
    /// The public signing key from the recovery kit.
    pub signed_by: Option<String>,
}

impl RecoverOpenArgs {
    pub fn keys(&self) -> RecoverKeys {
        RecoverKeys { keys: self.keys.clone().into(), ask: None, signed_by: self.signed_by.clone() }
    }
}

/// The same archives, with a say in whose are trusted.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RecoverTrustArgs {
    /// What `recover_open` opened. What is opened now takes its place; where that fails, it stays.
    pub opened: String,
    /// The public signing key from the recovery kit.
    pub signed_by: Option<String>,
    pub accept_unverified: bool,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
pub struct RecoverPlanArgs {
    /// What `recover_open` opened: kept until `drop_plan`.
    pub opened: String,
    /// Where only the printed key is at hand: the recovery key is sealed with it.
    #[serde(default)]
    #[ts(type = "string | null", optional)]
    pub new_passphrase: Option<SecretText>,
    #[serde(flatten)]
    pub args: RecoverArgs,
}

impl RecoverPlanArgs {
    /// What was opened, and what is wanted of it.
    pub fn split(self) -> Answer<(String, RecoverArgs)> {
        let new_passphrase = self.new_passphrase.map(SecretText::into_passphrase).transpose()?;
        Ok((self.opened, RecoverArgs { new_passphrase, ..self.args }))
    }
}

/// How good a passphrase would be.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct StrengthAnswer {
    /// `weak`, `fair`, `good` or `strong`.
    #[ts(type = r#""weak" | "fair" | "good" | "strong""#)]
    pub verdict: &'static str,
    pub guesses_log10: f64,
    pub advice: Vec<String>,
}

impl StrengthAnswer {
    pub fn of(typed: PassphraseText) -> Answer<Self> {
        let found = crate::strength(&typed.passphrase.into_passphrase()?);
        let verdict = crate::commands::setup::verdict(found.verdict);
        Ok(Self { verdict, guesses_log10: found.guesses_log10, advice: found.advice })
    }
}

impl SecretText {
    /// Refuses an empty one.
    pub fn into_passphrase(self) -> Answer<Passphrase> {
        Ok(Passphrase::new(self.into_text().as_str())?)
    }
}

/// What was found where the person pointed.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RecoverFindAnswer {
    pub deployments: Vec<crate::FoundDeployment>,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RotationArgs {
    pub deployment: Option<String>,
    /// A new signing key too.
    pub signing: bool,
}
