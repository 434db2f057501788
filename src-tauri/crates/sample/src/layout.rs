//! Where things lie in a deployment.

use std::path::{Path, PathBuf};

/// The folders and files of the deployment under one root.
pub(crate) struct Layout(PathBuf);

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }
    pub(crate) fn webui_db(&self) -> PathBuf {
        self.0.join("data/webui.db")
    }
    pub(crate) fn vectors(&self) -> PathBuf {
        self.0.join("data/vector_db")
    }
    pub(crate) fn chroma_db(&self) -> PathBuf {
        self.0.join("data/vector_db/chroma.sqlite3")
    }
    pub(crate) fn conversations(&self, shelf: &str) -> PathBuf {
        self.0.join("data/conversations").join(shelf)
    }
    pub(crate) fn uploads(&self) -> PathBuf {
        self.0.join("data/uploads")
    }
    pub(crate) fn logs(&self) -> PathBuf {
        self.0.join("data/logs")
    }
    pub(crate) fn cache(&self) -> PathBuf {
        self.0.join("data/cache")
    }
    pub(crate) fn models(&self) -> PathBuf {
        self.0.join("data/models")
    }
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("config")
    }
    pub(crate) fn env(&self) -> PathBuf {
        self.0.join("config/.env")
    }
}
