use super::*;
use crate::jobs::Job;
use crate::media::{Draft, Volume, volume_path};
use crate::store::testing::{Pattern, clock, contract, name};
use crate::store::{Destination, Marker};
use sha2::{Digest, Sha256};
use std::process::Command;

fn folder(dir: &Path) -> Folder {
    let folder = Folder::new(dir, &DeploymentName::new("bot").unwrap());
    folder.create().unwrap();
    folder
}

fn write(folder: &Folder, name: &ArchiveName, content: &[u8]) -> Vec<Volume> {
    let target = folder.target(name);
    let mut draft = Draft::create(target.clone()).unwrap();
    draft.write_all(content).unwrap();
    draft.finish().unwrap();
    let pieces = content.chunks(usize::try_from(target.limit()).unwrap_or(usize::MAX));
    pieces.map(|piece| Volume { bytes: piece.len() as u64, sha256: Sha256::digest(piece).into() }).collect()
}

#[test]
fn a_sweep_takes_what_is_unfinished_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let deployment = DeploymentName::new("bot").unwrap();
    let folder = Folder::new(dir.path(), &deployment);
    assert_eq!(folder.require().unwrap_err().code(), Code::DestinationMissing);
    folder.create().unwrap();
    let kept = name(21);
    let lost = name(22);
    write(&folder, &kept, b"x");
    folder.publish(&kept, &[1; 32], &[]).unwrap();
    write(&folder, &lost, b"x");
    fs::write(folder.checksum(&lost), b"x").unwrap();
    let away = name(20);
    fs::write(folder.checksum(&away), b"of one that was moved away").unwrap();
    fs::write(folder.dir().join("notes.sha256"), b"mine").unwrap();
    fs::write(folder.dir().join("notes.7.partial"), b"mine").unwrap();
    assert_eq!(folder.sweep().unwrap(), std::slice::from_ref(&lost));
    assert!(folder.checksum(&away).exists() && !folder.checksum(&lost).exists());
    // As a kill leaves them while they are written.
    let file = lost.file_name();
    let halves = [
        format!("{file}.sha256.4711.partial"),
        "recovery-key.age.4711.partial".to_owned(),
        format!("{file}.001.partial"),
        format!("{file}.002"),
    ];
    for half in &halves {
        fs::write(folder.dir().join(half), b"x").unwrap();
    }
    folder.sweep_all_but(std::slice::from_ref(&lost)).unwrap();
    assert!(folder.dir().join(&halves[2]).exists(), "a copy that will be gone on with was swept away");
    assert_eq!(folder.sweep().unwrap(), [lost]);
    assert!(halves.iter().all(|half| !folder.dir().join(half).exists()));
    assert!(folder.dir().join("notes.7.partial").exists());
    assert_eq!(Folder::list(&folder).unwrap().len(), 1);
    assert_eq!(folder.read_checksum(&kept).unwrap(), Some([1; 32]));
    assert!(folder.dir().join("notes.sha256").exists());
}

#[test]
fn volumes_are_one_archive_that_stock_tools_check_and_join() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path()).with_volumes(Some(4));
    let name = name(21);
    let volumes = write(&folder, &name, b"0123456789");
    assert_eq!(Folder::list(&folder).unwrap(), []);
    folder.publish(&name, &Sha256::digest(b"0123456789").into(), &volumes).unwrap();
    let listed = Folder::list(&folder).unwrap();
    assert_eq!((listed.len(), listed[0].stored_bytes), (1, 10));
    assert!(folder.holds(&name) && !folder.archive(&name).exists());
    assert_eq!(folder.read_checksum(&name).unwrap(), Some(Sha256::digest(b"0123456789").into()));
    let checked = Command::new("sha256sum").arg("-c").arg(folder.checksum(&name)).current_dir(folder.dir()).output();
    let checked = checked.unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(String::from_utf8_lossy(&checked.stdout).lines().count(), 3);
    // Without its first volume there is no archive; what is left goes with what tells that it was never finished.
    fs::remove_file(volume_path(&folder.archive(&name), 1)).unwrap();
    assert_eq!(Folder::list(&folder).unwrap(), []);
    assert_eq!(folder.sweep().unwrap(), []);
    fs::write(folder.target(&name).part(1), "0123").unwrap();
    assert_eq!(folder.sweep().unwrap(), std::slice::from_ref(&name));
    assert_eq!(fs::read_dir(folder.dir()).unwrap().count(), 0);
    let volumes = write(&folder, &name, b"0123456789");
    folder.publish(&name, &[0; 32], &volumes).unwrap();
    Folder::remove(&folder, &name).unwrap();
    assert_eq!(fs::read_dir(folder.dir()).unwrap().count(), 0);
    // What fits into one volume is whole.
    let volumes = write(&folder, &name, b"012");
    folder.publish(&name, &[0; 32], &volumes).unwrap();
    assert!(folder.archive(&name).is_file());
}

#[test]
fn a_folder_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract(&|| Box::new(folder(dir.path())));
}

#[test]
fn a_folder_with_volumes_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract(&|| Box::new(folder(dir.path()).with_volumes(Some(700_001))));
}

#[test]
fn a_drive_keeps_the_contract_and_says_when_it_is_away() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("place");
    let marker = Marker::new("Stick");
    marker.write(&place.join("Holdfast")).unwrap();
    let drive = DriveName { id: marker.id, name: marker.name };
    let bot = DeploymentName::new("bot").unwrap();
    let open = || Folder::on_drive(drive.clone(), &place, Path::new(""), &bot);
    open().create().unwrap();
    contract(&|| Box::new(open()));
    let held = open();
    fs::rename(&place, dir.path().join("away")).unwrap();
    fs::create_dir_all(place.join("Holdfast/bot")).unwrap();
    for folder in [held, open()] {
        let source = Pattern::new(dir.path(), 9, 100_000);
        let error = source.copy_to(&folder).unwrap_err();
        assert_eq!(error.code(), Code::DestinationMissing, "{error}");
        assert_eq!(error.subject(), "the drive “Stick”");
        assert!(Folder::remove(&folder, &name(1)).is_err());
    }
    assert_eq!(fs::read_dir(place.join("Holdfast/bot")).unwrap().count(), 0, "something was written underneath");
}

#[test]
fn a_copy_goes_on_where_it_stopped_and_mends_what_is_wrong_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("to");
    for limit in [None, Some(1 << 20), Some(1_000_000)] {
        let folder = folder(&to).with_volumes(limit);
        let source = Pattern::new(dir.path(), 3, 3_500_000);
        for (kept, wrong_at) in [(2_200_000, None), (3_500_000, None), (2_200_000, Some(1_300_000)), (900, Some(0))] {
            let target = folder.target(&source.name);
            let mut content = source.content()[..kept].to_vec();
            if let Some(at) = wrong_at {
                content[at] ^= 1;
            }
            let mut draft = Draft::create(target).unwrap();
            draft.write_all(&content).unwrap();
            drop(draft);
            let job = Job::silent(clock());
            folder.copy_in(&source.path, &source.name, &source.sha256, &job).unwrap();
            assert_eq!(folder.hash(&source.name, &job).unwrap(), source.sha256);
            let written = FileMedium::find(&folder.archive(&source.name)).unwrap();
            assert_eq!(written.length(), 3_500_000);
            Folder::remove(&folder, &source.name).unwrap();
            assert_eq!(fs::read_dir(folder.dir()).unwrap().count(), 0);
        }
    }
}

#[test]
fn one_of_the_same_name_is_replaced_whatever_form_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("to");
    let source = Pattern::new(dir.path(), 3, 3_500_000);
    let job = Job::silent(clock());
    for (before, after, files) in [
        (None, None, 2),
        (None, Some(1 << 20), 5),
        (Some(1 << 20), None, 2),
        (Some(1 << 20), Some(2 << 20), 3),
        (Some(2 << 20), Some(1 << 20), 5),
    ] {
        let old = folder(&to).with_volumes(before);
        old.copy_in(&source.path, &source.name, &source.sha256, &job).unwrap();
        // What rotted lies there until all of the good one was read back.
        let rotten =
            if before.is_none() { old.archive(&source.name) } else { volume_path(&old.archive(&source.name), 1) };
        let mut content = fs::read(&rotten).unwrap();
        content[77] ^= 1;
        fs::write(&rotten, content).unwrap();
        assert_ne!(old.hash(&source.name, &job).unwrap(), source.sha256);
        let new = folder(&to).with_volumes(after);
        new.copy_in(&source.path, &source.name, &source.sha256, &job).unwrap();
        assert_eq!(new.hash(&source.name, &job).unwrap(), source.sha256, "{before:?} to {after:?}");
        assert_eq!(fs::read_dir(new.dir()).unwrap().count(), files, "{before:?} to {after:?}");
        Folder::remove(&new, &source.name).unwrap();
        assert_eq!(fs::read_dir(new.dir()).unwrap().count(), 0);
    }
}
