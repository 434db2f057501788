//! Archives to damage, and what has to come of it.
use super::picture::{self, Picture, What, assert_same};
use super::rng::Rng;
use super::{Time, World};
use holdfast_engine::domain::{ArchiveName, Code, Level, Outcome};
use holdfast_engine::operations::restore::Target;
use holdfast_engine::operations::salvage::{self, SalvageReport};
use std::fs;
use std::path::PathBuf;

/// Bytes of a piece that age seals on its own, sealed.
const SEALED_CHUNK: usize = (64 << 10) + 16;

pub struct Damaged {
    pub world: World,
    pub full: ArchiveName,
    pub hourly: ArchiveName,
    pub full_picture: Picture,
    pub hourly_picture: Picture,
}

/// Where the pieces of a sealed file lie.
pub struct Layout {
    /// Of age's header, and the nonce after it.
    pub header: usize,
    pub chunks: Vec<std::ops::Range<usize>>,
}

impl Layout {
    pub fn of(sealed: &[u8]) -> Self {
        let mac = sealed.windows(5).position(|w| w == b"\n--- ").unwrap() + 1;
        let line = sealed[mac..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let header = mac + line + 16;
        let starts = (header..sealed.len()).step_by(SEALED_CHUNK);
        let chunks = starts.map(|start| start..sealed.len().min(start + SEALED_CHUNK)).collect();
        Self { header, chunks }
    }

    pub fn last(&self) -> usize {
        self.chunks.len() - 1
    }
}

impl Damaged {
    /// A full, a daily and an hourly archive. The full and the hourly one have several age chunks and zstd frames.
    pub fn new() -> Self {
        let world = World::new(Time::Ahead);
        let mut rng = Rng::new(1);
        let mut photo = rng.bytes(2_500_000);
        world.write("photos/old.dat", &photo);
        for number in 0..20 {
            world.write(&format!("chats/{number}.json"), rng.bytes(500 * number));
        }
        let database = rusqlite::Connection::open(world.data().join("app.db")).unwrap();
        database.execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(10000)), ('x')").unwrap();
        let full_picture = world.picture();
        let full = world.good_backup(Level::Full).archive;
        world.write("chats/3.json", "changed");
        world.good_backup(Level::Daily);
        photo[700_000..900_000].copy_from_slice(&rng.bytes(200_000));
        world.write("photos/old.dat", &photo);
        world.write("photos/new.dat", rng.bytes(2_500_000));
        database.execute_batch("INSERT INTO t VALUES ('y')").unwrap();
        fs::remove_file(world.data().join("chats/4.json")).unwrap();
        for number in 5..9 {
            world.write(&format!("chats/{number}.json"), rng.bytes(300));
        }
        let hourly_picture = world.picture();
        let hourly = world.good_backup(Level::Hourly).archive;
        Self { world, full, hourly, full_picture, hourly_picture }
    }

    pub fn path(&self, name: &ArchiveName) -> PathBuf {
        self.world.archives().archive(name)
    }

    pub fn picture(&self, name: &ArchiveName) -> &Picture {
        if *name == self.full { &self.full_picture } else { &self.hourly_picture }
    }

    /// Puts other bytes in the archive's place, looks, and puts the archive back.
    pub fn with(&self, name: &ArchiveName, bytes: &[u8], look: impl FnOnce()) {
        let whole = fs::read(self.path(name)).unwrap();
        fs::write(self.path(name), bytes).unwrap();
        look();
        fs::write(self.path(name), whole).unwrap();
    }

    /// What the quick and the full check find of an archive.
    pub fn verdicts(&self, name: &ArchiveName) -> [bool; 2] {
        [false, true].map(|full| {
            let report = self.world.verify(std::slice::from_ref(name), full).unwrap_or_else(|e| panic!("{name}: {e}"));
            let verdict = report.archives.iter().find(|verdict| verdict.archive == name.as_str()).unwrap();
            assert_eq!(verdict.ok, verdict.problems.is_empty());
            assert!(verdict.ok || report.outcome == Outcome::Failed);
            verdict.ok
        })
    }

    /// Restored is nothing, neither into a new folder nor in place. For archives that may be what was written.
    pub fn is_not_restored(&self, name: &ArchiveName, what: &str) {
        let before = self.world.picture();
        let folder = tempfile::tempdir_in(self.world.path()).unwrap();
        let tried = self.world.restore_into(name, &folder.path().join("into"));
        assert!(tried.is_err(), "{name} {what}: it is restored");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name} {what}: something is left");
        let tried = self.world.restore(self.world.request(name, Target::InPlace));
        assert!(tried.is_err(), "{name} {what}: it is restored in place");
        assert_same(&before, &self.world.picture(), what);
    }

    /// Both checks report the damage. Restored is nothing; or, where the damage lies in what a restore does not need,
    /// exactly the moment. Says whether it was refused.
    pub fn is_noticed(&self, name: &ArchiveName, what: &str) -> bool {
        assert_eq!(self.verdicts(name), [false, false], "{name} {what}: quick and full check");
        let folder = tempfile::tempdir_in(self.world.path()).unwrap();
        let into = folder.path().join("into");
        if self.world.restore_into(name, &into).is_ok() {
            assert_same(self.picture(name), &picture::take(&into), what);
            return false;
        }
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "{name} {what}: something is left of a refused restore");
        true
    }

    /// The same, and nothing of it may be restored, nor does a try in place change anything.
    pub fn is_refused(&self, name: &ArchiveName, what: &str) {
        assert!(self.is_noticed(name, what), "{name} {what}: it is restored");
        self.is_not_restored(name, what);
    }

    /// What comes out is as it was; what does not is named, or (where the lists are gone) said to be lost.
    pub fn is_salvaged(&self, name: &ArchiveName, what: &str) -> SalvageReport {
        let folder = tempfile::tempdir_in(self.world.path()).unwrap();
        let into = folder.path().join("into");
        let (context, job) = (&self.world.context, self.world.job());
        let report = salvage::run(context, &self.world.reading(false), &self.path(name), &into, &job)
            .unwrap_or_else(|e| panic!("{name} {what}: {e}"));
        assert_eq!(report.outcome, Outcome::Problems, "{name} {what}");
        assert!(report.files > 0 && !report.lost.is_empty(), "{name} {what}: {report:?}");
        let found = picture::take(&into);
        for (path, item) in &found {
            if !matches!(item.what, What::Folder) {
                // Without its lists an archive gives what it holds of the level below, too.
                assert_eq!(Some(&item.what), self.picture(name).get(path).map(|item| &item.what), "{name} {what}");
            }
        }
        // What stands in the list of an archive that is not there cannot be named.
        if report.listed && report.lost.iter().all(|lost| lost.code != Code::ParentMissing) {
            for path in self.picture(name).keys().filter(|path| !found.contains_key(*path)) {
                let path = String::from_utf8_lossy(path);
                assert!(report.lost.iter().any(|lost| lost.subject == path), "{name} {what}: {path} is not named");
            }
        }
        report
    }
}
