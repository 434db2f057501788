use holdfast_engine::deployment::{ClassTotal, LeftOutTotal, SecretFound, Survey};
use serde::Serialize;
use std::path::PathBuf;

/// What is in the roots of a chatbot, and what of it is left out.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Contents {
    pub files: u64,
    pub bytes: u64,
    pub classes: Vec<ClassTotal>,
    pub databases: Vec<PathBuf>,
    pub vector_stores: Vec<PathBuf>,
    pub secrets: Vec<SecretFound>,
    pub left_out: Vec<LeftOutTotal>,
    pub left_out_bytes: u64,
}

impl From<&Survey> for Contents {
    fn from(survey: &Survey) -> Self {
        Self {
            files: survey.files(),
            bytes: survey.bytes(),
            classes: survey.classes.clone(),
            databases: survey.databases.clone(),
            vector_stores: survey.chroma_stores.clone(),
            secrets: survey.secrets.clone(),
            left_out: survey.left_out.clone(),
            left_out_bytes: survey.left_out_bytes,
        }
    }
}
