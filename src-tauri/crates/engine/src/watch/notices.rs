//! What the system tells of folders (inotify).
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::path::Path;

/// Every way in which what is in a folder, or the folder itself, can change.
const CHANGES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF);
/// One folder may be watched for two reasons; the second must not end the first.
const ALWAYS: WatchFlags = WatchFlags::ONLYDIR.union(WatchFlags::MASK_ADD);
const BUFFER: usize = 1 << 16;

pub(super) struct Notices {
    fd: OwnedFd,
    buffer: Box<[MaybeUninit<u8>]>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub watch: i32,
    pub what: ReadFlags,
    pub name: Option<Vec<u8>>,
}

impl Notices {
    pub fn new() -> Result<Self, Errno> {
        let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self { fd, buffer: vec![MaybeUninit::uninit(); BUFFER].into_boxed_slice() })
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Everything that changes in a folder. Watched already, it keeps its number.
    pub fn watch(&self, folder: &Path, follow: bool) -> Result<i32, Errno> {
        let how = if follow { CHANGES } else { CHANGES | WatchFlags::DONT_FOLLOW };
        inotify::add_watch(&self.fd, folder, how | ALWAYS)
    }

    /// What comes into a folder and leaves it.
    pub fn watch_names(&self, folder: &Path) -> Result<i32, Errno> {
        let how = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE;
        inotify::add_watch(&self.fd, folder, how | ALWAYS)
    }

    pub fn end(&self, watch: i32) {
        // One that is gone has ended by itself.
        let _ = inotify::remove_watch(&self.fd, watch);
    }

    /// Some of what there is to tell, oldest first; nothing when there is no more.
    pub fn read(&mut self) -> Result<Vec<Notice>, Errno> {
        let mut told: Vec<Notice> = Vec::new();
        let mut reader = Reader::new(&self.fd, &mut self.buffer);
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_bytes().to_vec());
                    let notice = Notice { watch: event.wd(), what: event.events(), name };
                    // Two files that are written to by turns are told of by turns.
                    let known = notice.what == ReadFlags::MODIFY && told.iter().rev().take(4).any(|n| *n == notice);
                    if !known {
                        told.push(notice);
                    }
                }
                Err(Errno::AGAIN) => return Ok(told),
                Err(Errno::INTR) => continue,
                Err(e) => return Err(e),
            }
            if reader.is_buffer_empty() {
                return Ok(told);
            }
        }
    }
}
