use crate::archive::EntryKind;
use crate::catalog::{ArchiveRow, Catalog};
use crate::error::Result;
use crate::operations::moments;
use holdfast_domain::Class;

/// The classes of the files that an archive's moment holds, in the order of `Class::ALL`. Out of the catalog's copies of the
/// lists: `CatalogIncomplete` where there is none. Gone through once for each archive.
pub fn classes(catalog: &Catalog, row: &ArchiveRow) -> Result<Vec<Class>> {
    if let Some(known) = catalog.held_classes().get(&row.deployment_id, &row.name, &row.sha256)? {
        return Ok(known);
    }
    let mut held = [false; Class::ALL.len()];
    for entry in moments::from_catalog(catalog, row, false)?.entries()? {
        let entry = entry?;
        if matches!(entry.kind, EntryKind::File | EntryKind::Hardlink) {
            held[usize::from(entry.class.to_u8())] = true;
        }
    }
    let classes: Vec<Class> =
        Class::ALL.into_iter().zip(held).filter_map(|(class, held)| held.then_some(class)).collect();
    catalog.held_classes().put(&row.deployment_id, &row.name, &row.sha256, &classes)?;
    Ok(classes)
}
