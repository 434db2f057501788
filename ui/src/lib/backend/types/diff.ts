import type { ArchiveName, Class, KeysGiven, Note, Outcome, Tally, Timestamp } from './common';

export interface DiffArgs {
  deployment: string | null;
  a: string | null;
  /** `null`: the present state. */
  b: string | null;
  keys: KeysGiven;
}

export interface DiffAnswer {
  outcome: Outcome;
  deployment: string;
  a: Side;
  b: Side;
  added: Tally;
  removed: Tally;
  changed: Tally;
  changes: DiffChange[];
  truncated: boolean;
  problems: Note[];
}

export interface Side {
  archive: ArchiveName | null;
  at: Timestamp;
}

export interface DiffChange {
  path: string;
  kind: 'file' | 'folder' | 'link';
  what: What;
  size_before: number | null;
  size_after: number | null;
  class: Class;
}

export type What = 'added' | 'removed' | { changed: { content: boolean; metadata: string[] } };
