//! The archive: three standard layers (tar, seekable zstd, age), written and read.
//!
//! The format is described in `src-tauri/docs/ARCHIVE-FORMAT.md`.
mod blocks;
mod codec;
pub mod entry;
mod envelope;
mod frames;
mod header;
mod index;
mod jsonl;
mod manifest;
mod moment;
mod reader;
mod seek_table;
mod sink;
mod source;
mod tree;
mod unsealed;
mod writer;

pub use blocks::{BLOCK, Blocks, BlocksWriter, LARGE};
pub use entry::{Entry, EntryKind, Extent, Owner, Place, Time};
pub use envelope::Seal;
pub use frames::FRAME;
pub use header::Segment;
pub use index::{Detail, IndexReader, IndexWriter, pack, unpack};
pub use jsonl::{hash_of, line};
pub use manifest::{
    Act, BeforeNote, DatabaseNote, ExportNote, FORMAT, Manifest, Member, Members, RecipientNote, RestoreNote, RootNote,
    Tail, TreeNote,
};
pub use moment::{Entries, LevelSource, Lists, Moment};
pub use reader::{ArchiveReader, RangeReader, Stream};
pub use sink::{STRETCH, Stored};
pub use source::{Plain, ReadCount, open as open_plain};
pub use tree::Tree;
pub use unsealed::{Unsealed, fits, is_openpgp, unseal};
pub use writer::{ArchiveWriter, Base, Content};
