//! A moment as a tree in memory: one level of it comes at once, however many files there are.
use super::Mark;
use crate::archive::entry::is_within;
use crate::archive::{Entry, EntryKind, Owner, Time};
use holdfast_domain::Class;
use std::collections::HashMap;
use std::sync::Arc;

/// About 120 bytes for each entry.
pub struct Tree {
    /// In the order of the index, behind one that stands above the roots.
    nodes: Vec<Node>,
    names: Vec<u8>,
    owners: Vec<Arc<Owner>>,
    /// Targets of symbolic and hard links.
    links: HashMap<u32, Vec<u8>>,
}

struct Node {
    name: (u32, u16),
    parent: u32,
    /// Behind the last node below this one.
    end: u32,
    kind: EntryKind,
    class: Class,
    database: bool,
    mark: Option<Mark>,
    mode: u16,
    owner: u32,
    mtime: Time,
    size: u64,
    sha256: [u8; 32],
    files: u32,
    changed: u32,
    bytes: u64,
}

/// What stands in a level.
#[derive(Debug, Clone)]
pub struct Item {
    /// Without places of content.
    pub entry: Entry,
    /// Of the moment: below a folder its files and their bytes; of a file 1 and its size.
    pub files: u64,
    pub bytes: u64,
    /// Seen from the moment. Of folders only whether they are on one side alone.
    pub mark: Option<Mark>,
    /// Files and links below that differ.
    pub changed: u64,
}

/// One folder's children.
pub struct Level<'a> {
    tree: &'a Tree,
    path: Vec<u8>,
    /// Folders first, each kind in the order of names.
    order: Vec<u32>,
}

/// Fills a tree with entries in the order of the index.
pub(super) struct Planter {
    tree: Tree,
    /// The folders around the next entry, with how much of `path` is theirs.
    around: Vec<(u32, usize)>,
    path: Vec<u8>,
    known: HashMap<Arc<Owner>, u32>,
}

impl Planter {
    pub fn new() -> Self {
        let above = Node::of(&Entry::gone(Vec::new()), (0, 0), 0, 0, None);
        let tree = Tree { nodes: vec![above], names: Vec::new(), owners: Vec::new(), links: HashMap::new() };
        Self { tree, around: Vec::new(), path: Vec::new(), known: HashMap::new() }
    }

    /// The number by which its mark can be changed until `finish`.
    pub fn push(&mut self, entry: &Entry, mark: Option<Mark>) -> u32 {
        let number = self.tree.nodes.len() as u32;
        while let Some(&(folder, length)) = self.around.last() {
            if is_within(&entry.path, &self.path[..length]) {
                break;
            }
            self.tree.nodes[folder as usize].end = number;
            self.around.pop();
        }
        let parent = self.around.last().map_or(0, |(folder, _)| *folder);
        let name = entry.name();
        let at = (self.tree.names.len() as u32, name.len() as u16);
        self.tree.names.extend_from_slice(name);
        let owners = &mut self.tree.owners;
        let owner = *self.known.entry(entry.owner.clone()).or_insert_with(|| {
            owners.push(entry.owner.clone());
            owners.len() as u32 - 1
        });
        if !entry.link.is_empty() {
            self.tree.links.insert(number, entry.link.clone());
        }
        self.tree.nodes.push(Node::of(entry, at, parent, owner, mark));
        self.path.clone_from(&entry.path);
        self.around.push((number, entry.path.len()));
        number
    }

    pub fn set(&mut self, number: u32, mark: Mark) {
        self.tree.nodes[number as usize].mark = Some(mark);
    }

    pub fn finish(self) -> Tree {
        let mut tree = self.tree;
        let end = tree.nodes.len() as u32;
        for (open, _) in self.around {
            tree.nodes[open as usize].end = end;
        }
        tree.nodes[0].end = end;
        for number in (1..tree.nodes.len()).rev() {
            let node = &mut tree.nodes[number];
            let own = node.kind != EntryKind::Dir;
            if own && node.mark.is_some_and(|mark| mark != Mark::Same) {
                node.changed += 1;
            }
            let (parent, changed) = (node.parent as usize, node.changed);
            // What the moment does not hold is none of its files.
            let (files, bytes) = if node.mark == Some(Mark::New) { (0, 0) } else { (node.files, node.bytes) };
            let parent = &mut tree.nodes[parent];
            parent.files += files;
            parent.bytes += bytes;
            parent.changed += changed;
        }
        tree
    }
}

impl Node {
    fn of(entry: &Entry, name: (u32, u16), parent: u32, owner: u32, mark: Option<Mark>) -> Self {
        let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Hardlink);
        Self {
            name,
            parent,
            end: 0,
            kind: entry.kind,
            class: entry.class,
            database: entry.database,
            mark,
            mode: entry.mode as u16,
            owner,
            mtime: entry.mtime,
            size: entry.size,
            sha256: entry.sha256,
            files: u32::from(is_file),
            changed: 0,
            bytes: entry.size,
        }
    }
}

impl Tree {
    /// What lies in a folder by its path `ROOT/...`; the roots for the empty path. `None` where it is not there.
    pub fn level(&self, path: &str) -> Option<Level<'_>> {
        let (folder, path) = self.find(path)?;
        let (mut folders, mut others) = (Vec::new(), Vec::new());
        for child in self.children(folder) {
            let of_kind = if self.nodes[child as usize].kind == EntryKind::Dir { &mut folders } else { &mut others };
            of_kind.push(child);
        }
        folders.append(&mut others);
        Some(Level { tree: self, path, order: folders })
    }

    /// Files and bytes of each class, in the order of `Class::ALL`; classes without files are left away.
    pub fn classes(&self) -> Vec<(Class, u64, u64)> {
        let mut totals = Class::ALL.map(|class| (class, 0, 0));
        for node in self.nodes.iter().filter(|node| node.kind != EntryKind::Dir && node.mark != Some(Mark::New)) {
            let total = &mut totals[usize::from(node.class.to_u8())];
            total.1 += u64::from(node.files);
            total.2 += node.bytes;
        }
        totals.into_iter().filter(|(_, files, _)| *files > 0).collect()
    }

    fn children(&self, folder: u32) -> impl Iterator<Item = u32> {
        let end = self.nodes[folder as usize].end;
        let mut next = folder + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes[child as usize].end;
            Some(child)
        })
    }

    fn name(&self, number: u32) -> &[u8] {
        let (start, length) = self.nodes[number as usize].name;
        &self.names[start as usize..start as usize + usize::from(length)]
    }

    /// Names that are no text are found by what they are shown as.
    fn find(&self, path: &str) -> Option<(u32, Vec<u8>)> {
        let mut at = (0, Vec::new());
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let exact = self.children(at.0).find(|child| self.name(*child) == part.as_bytes());
            let shown = || self.children(at.0).find(|child| String::from_utf8_lossy(self.name(*child)) == part);
            let child = exact.or_else(|| part.contains('\u{fffd}').then(shown).flatten())?;
            if !at.1.is_empty() {
                at.1.push(b'/');
            }
            at.1.extend_from_slice(self.name(child));
            at.0 = child;
        }
        Some(at)
    }

    fn item(&self, number: u32, folder: &[u8]) -> Item {
        let node = &self.nodes[number as usize];
        let name = self.name(number);
        let path = if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() };
        let mut entry = Entry::gone(path);
        entry.kind = node.kind;
        entry.class = node.class;
        entry.database = node.database;
        entry.mode = u32::from(node.mode);
        entry.owner = self.owners[node.owner as usize].clone();
        entry.mtime = node.mtime;
        entry.size = node.size;
        entry.sha256 = node.sha256;
        entry.link = self.links.get(&number).cloned().unwrap_or_default();
        let is_folder = node.kind == EntryKind::Dir;
        let one_sided = node.mark.filter(|mark| !is_folder || matches!(mark, Mark::Gone | Mark::New));
        let changed = if is_folder { u64::from(node.changed) } else { 0 };
        Item { entry, files: u64::from(node.files), bytes: node.bytes, mark: one_sided, changed }
    }
}

impl Level<'_> {
    pub fn path(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    pub fn total(&self) -> usize {
        self.order.len()
    }

    pub fn page(&self, offset: usize, limit: usize) -> impl Iterator<Item = Item> {
        self.order.iter().skip(offset).take(limit).map(|number| self.tree.item(*number, &self.path))
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}
