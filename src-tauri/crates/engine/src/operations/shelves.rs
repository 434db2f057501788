//! Archives by path, also where the path is an address in the cloud: `s3://BUCKET/PREFIX/Holdfast/DEPLOYMENT/ARCHIVE`.
use super::context::Context;
use super::destinations;
use crate::deployment::{self, Destination as Setting};
use crate::error::{Error, Result};
use crate::media::{FileMedium, Medium};
use crate::operations::cloud_keys;
use crate::store::Destination;
use crate::store::cloud::{Cloud, CloudSettings, Tuning, is_address};
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Opens archives wherever they lie; each cloud once.
pub struct Shelves {
    context: Context,
    open: Mutex<Vec<(PathBuf, Arc<Cloud>)>>,
}

pub fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(is_address)
}

impl Shelves {
    /// Asks nobody yet.
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), open: Mutex::default() }
    }

    pub fn medium(&self, path: &Path) -> Result<Arc<dyn Medium>> {
        if !is_remote(path) {
            return Ok(Arc::new(FileMedium::find(path)?));
        }
        let file = path.file_name().and_then(|name| name.to_str());
        let archive = file
            .and_then(ArchiveName::parse)
            .ok_or_else(|| Error::new(Code::NotAnArchive, path.display(), "an archive's name ends in .tar.zst.age"))?;
        self.cloud(path)?.open(&archive)
    }

    /// The sealed recovery key beside an archive. `None` where there is none.
    pub fn recovery_key(&self, archive: &Path) -> Result<Option<Vec<u8>>> {
        self.cloud(archive)?.recovery_key()
    }

    /// The hash that lies beside an archive.
    pub fn noted_hash(&self, path: &Path, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        self.cloud(path)?.noted_hash(archive)
    }

    /// One of the destinations that are set up here, else with what the environment says.
    fn cloud(&self, archive: &Path) -> Result<Arc<Cloud>> {
        let folder = archive.parent().unwrap_or(archive);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cloud)) = open.iter().find(|(at, _)| at == folder) {
            return Ok(cloud.clone());
        }
        let cloud = Arc::new(self.look_up(folder)?);
        open.push((folder.to_owned(), cloud.clone()));
        Ok(cloud)
    }

    fn look_up(&self, folder: &Path) -> Result<Cloud> {
        for profile in deployment::load_all(&self.context.home)?.profiles {
            for setting in &profile.destinations {
                if let Setting::Cloud { service, .. } = setting
                    && service.shelf(&profile.name)? == folder
                {
                    return destinations::open_cloud(&self.context, &profile, &setting.id(), service);
                }
            }
        }
        let unlike = || {
            let cause = "an archive in the cloud is named by s3://BUCKET/.../Holdfast/DEPLOYMENT/ARCHIVE";
            Error::new(Code::ArchiveMissing, folder.display(), cause)
        };
        let name = folder.file_name().and_then(|name| name.to_str()).ok_or_else(unlike)?;
        let deployment = DeploymentName::new(name).map_err(|_| unlike())?;
        let base = folder.parent().and_then(Path::to_str).ok_or_else(unlike)?;
        let variable = |names: [&str; 2]| names.iter().find_map(|name| (self.context.variables)(name));
        let service = CloudSettings {
            endpoint: variable(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).filter(|_| base.starts_with("s3://")),
            region: variable(["AWS_REGION", "AWS_DEFAULT_REGION"]),
            ..CloudSettings::new(base)
        };
        if service.shelf(&deployment)? != folder {
            return Err(unlike());
        }
        let credentials = cloud_keys::credentials(&self.context, "", "", &service)?;
        Cloud::new(&service, &deployment, &credentials, self.context.home.uploads("none", "none"), Tuning::default())
    }
}

impl std::fmt::Debug for Shelves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shelves(..)")
    }
}
