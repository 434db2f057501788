import type { ArchiveName, Class, KeysGiven, Kind, Level, Note, Outcome, Path, RootInfo, Timestamp } from './common';

export interface ShowArgs {
  deployment: string | null;
  /** A name, a time, `latest`, or the path of an archive's file. */
  archive: string;
}

export interface ShowAnswer {
  outcome: Outcome;
  archive: ArchiveName;
  path: Path;
  deployment: string;
  created: Timestamp;
  level: Level;
  kind: Kind;
  host: string;
  program: string;
  needs: ArchiveName[];
  roots: RootInfo[];
  files: number;
  bytes: number;
  made_with: Note[];
  problems: Note[];
}

export interface EntryInfo {
  /** `ROOT/...` */
  path: string;
  kind: 'file' | 'folder' | 'link' | 'hardlink' | 'gone';
  class: Class;
  mode: string;
  user: string;
  group: string;
  size: number;
  modified: Timestamp;
  sha256?: string;
  link?: string;
  database: boolean;
}

// Owed by the api from here on.

/** What an archive is compared with while it is browsed. */
export type Compare = { with: 'now' } | { with: 'archive'; archive: ArchiveName };

export interface BrowseArgs {
  deployment: string | null;
  archive: string;
  /** `''`: the roots. */
  path: string;
  offset: number;
  /** At most 1,000 at once. */
  limit: number;
  compare: Compare | null;
}

export interface BrowseAnswer {
  path: string;
  /** Folders first, then by name. */
  entries: BrowseEntry[];
  /** Of this level. */
  total: number;
}

export type EntryChange = 'same' | 'changed' | 'gone' | 'new';

export interface BrowseEntry extends EntryInfo {
  name: string;
  /** Below a folder: files and their bytes. For a file 1 and its size. */
  files: number;
  bytes: number;
  /** Seen from the archive: `gone` is no longer there now, `new` is not in it. */
  change: EntryChange | null;
  /** Below a folder: how many differ. */
  changed: number;
}

export interface SearchArgs {
  deployment: string | null;
  archive: string;
  /** A glob, or a part of a path. */
  pattern: string;
  limit: number;
}

export interface SearchAnswer {
  entries: EntryInfo[];
  more: boolean;
}

export interface TextArgs {
  deployment: string | null;
  archive: string;
  path: string;
  compare: Compare | null;
  limit_bytes: number;
  keys: KeysGiven;
}

/** A file's content, as far as it is text. */
export interface TextAnswer {
  path: string;
  size: number;
  modified: Timestamp;
  /** `binary`: there is nothing to show. */
  kind: 'text' | 'binary';
  truncated: boolean;
  /** Values of known secrets come masked. */
  masked: boolean;
  lines: TextLine[];
  other_modified: Timestamp | null;
}

export interface TextLine {
  text: string;
  /** `here`: only in this archive; `other`: only in what it is compared with. */
  side: 'both' | 'here' | 'other';
}
