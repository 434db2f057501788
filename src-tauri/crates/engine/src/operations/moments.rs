//! Finds the archives of a moment, in the catalog or on the drive.
use super::context::Context;
use super::reading::medium_hash;
use super::shelves::Shelves;
use crate::archive::{LevelSource, Lists, Manifest, Moment, RecipientNote};
use crate::catalog::{ArchiveRow, Catalog, State};
use crate::error::{Error, Result};
use crate::media::stored_bytes;
use crate::vault::PublicKeys;
use holdfast_domain::{ArchiveName, Code, Envelope};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// A moment out of the catalog's copies: no archive needs to be at hand, and no key. `with_blocks` also fetches what
/// an incremental backup compares large files with.
pub fn from_catalog(catalog: &Catalog, row: &ArchiveRow, with_blocks: bool) -> Result<Moment> {
    let names = std::iter::once(&row.name).chain(&row.needs);
    let levels = names.map(|name| level(catalog, &row.deployment_id, name, with_blocks)).collect::<Result<Vec<_>>>()?;
    Moment::new(levels)
}

fn level(catalog: &Catalog, deployment_id: &str, name: &ArchiveName, with_blocks: bool) -> Result<LevelSource> {
    let manifests = catalog.manifests();
    let missing = || Error::new(Code::CatalogIncomplete, name, "the catalog has no copy of its list of files");
    let manifest = manifests.get_manifest(deployment_id, name)?.ok_or_else(missing)?;
    let manifest_sha256 = hex::encode(Sha256::digest(&manifest));
    let manifest = Manifest::parse(manifest.as_bytes(), name.as_str())?;
    let index: Arc<[u8]> = manifests.get_index(deployment_id, name)?.ok_or_else(missing)?.into();
    let blocks = if with_blocks { manifests.get_blocks(deployment_id, name)?.map(Arc::from) } else { None };
    Ok(LevelSource { manifest: Arc::new(manifest), manifest_sha256, lists: Lists::Packed { index, blocks } })
}

/// Whether an archive and all that it needs are where the catalog says.
pub fn is_whole(catalog: &Catalog, row: &ArchiveRow) -> Result<bool> {
    for name in std::iter::once(&row.name).chain(&row.needs) {
        let Some(part) = catalog.archives().get(&row.deployment_id, name)? else {
            return Ok(false);
        };
        let there = stored_bytes(&part.folder.join(name.file_name())).is_ok_and(|bytes| bytes == part.stored_bytes);
        if part.state != State::Present || !there {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the catalog knows this very file, which lies beside `top`, as one that could not be signed when it was made.
pub(crate) fn known_unsigned(context: &Context, deployment_id: Option<&str>, top: &Path, name: &ArchiveName) -> bool {
    let known = || -> Result<bool> {
        let Some(id) = deployment_id else { return Ok(false) };
        let (catalog, _) = context.catalog()?;
        let Some(row) = catalog.archives().get(id, name)? else { return Ok(false) };
        let path = top.with_file_name(name.file_name());
        Ok(!row.signed && medium_hash(&*Shelves::new(context).medium(&path)?)? == row.sha256)
    };
    known().unwrap_or(false)
}

/// Whether all to whom new archives are sealed can open this one: somebody may have been added since, or the key rotated.
pub fn is_for(catalog: &Catalog, row: &ArchiveRow, public: &PublicKeys) -> Result<bool> {
    let Some(text) = catalog.manifests().get_manifest(&row.deployment_id, &row.name)? else {
        return Ok(false);
    };
    let noted = Manifest::parse(text.as_bytes(), row.name.as_str())?.recipients;
    let mut recipients: Vec<String> = noted.into_iter().map(|recipient| recipient.key).collect();
    if recipients.is_empty() {
        // From before this was noted: it was for the deployment's first key alone.
        let first = public.retired.last().map(|retired| &retired.key).or(public.recipients.first());
        recipients.extend(first.cloned());
    }
    Ok(public.all().iter().all(|recipient| recipients.contains(recipient)))
}

/// To whom a new archive is sealed, as its manifest says it. OpenPGP is for the deployment's own key alone.
pub fn recipients(public: &PublicKeys, envelope: Envelope) -> Vec<RecipientNote> {
    let own = public.recipients.iter().map(|key| RecipientNote { key: key.clone(), name: None });
    let people = public.people.iter().filter(|_| envelope == Envelope::Age);
    let people = people.map(|p| RecipientNote { key: p.recipient.clone(), name: Some(p.name.clone()) });
    own.chain(people).collect()
}
