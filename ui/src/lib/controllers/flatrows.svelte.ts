import type { BrowseEntry, DiffChange, EntryInfo } from '../backend/types';
import type { TreeRow } from './filetree.svelte';

/** What a list of files offers to the pane that draws it: the tree, what a search found, and what differs. */
export interface FileRows {
  readonly count: number;
  readonly current: number;
  row(index: number): TreeRow;
  moveTo(index: number): void;
  inView(first: number, last: number): void;
  toggle(index: number): Promise<void>;
  aboveOf(index: number): number | null;
  again(path: string): Promise<void>;
}

/** Files under each other, with their whole path as their name. */
export class FlatRows implements FileRows {
  current = $state(0);
  readonly count: number;

  constructor(readonly entries: BrowseEntry[]) {
    this.count = entries.length;
  }

  row(index: number): TreeRow {
    const entry = this.entries[index];
    if (!entry) return { kind: 'empty', key: String(index), depth: 0 };
    return { kind: 'entry', key: entry.path, depth: 0, place: index + 1, size: this.count, entry, open: false };
  }

  moveTo(index: number): void {
    this.current = Math.max(0, Math.min(this.count - 1, index));
  }

  inView(): void {}
  async toggle(): Promise<void> {}
  aboveOf(): null {
    return null;
  }
  async again(): Promise<void> {}
}

/** `change`: how it stands to what the archive is compared with, where that is known. */
export function foundEntry(entry: EntryInfo, change: BrowseEntry['change'] = null): BrowseEntry {
  return { ...entry, name: entry.path, files: 1, bytes: entry.size, change, changed: 0 };
}

/** Seen from the archive that is open: what the other side has more is `new`. */
export function changedEntry({ path, kind, what, size_before, size_after, class: of }: DiffChange): BrowseEntry {
  const size = size_before ?? size_after ?? 0;
  const change = what === 'added' ? 'new' : what === 'removed' ? 'gone' : 'changed';
  return {
    path, name: path, kind, class: of, size, files: 1, bytes: size, change, changed: 0,
    mode: '', user: '', group: '', modified: '', sha256: null, link: null, database: of === 'database',
  }; // prettier-ignore
}
