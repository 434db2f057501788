use serde::{Deserialize, Serialize};

/// A database server that holds data of the deployment. Its live files are no backup, so it is told with each archive
/// until its dumps are among what is protected, or the person says that it is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// `postgres`, `mysql`, `mongodb`, ... Unique in its deployment.
    pub kind: String,
    /// How it is known to be used.
    pub because: String,
    /// The person saves it otherwise, or does without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dump: Option<Dump>,
}

/// Where a server's dumps are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// A folder or a file, as archives name it: the root, and what is below.
    pub path: String,
    /// The newest dump is no older than this.
    pub within_days: u32,
}
