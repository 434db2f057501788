import type { ArchiveName, Class, KeysGiven, Note, Outcome, Path, RootInfo, Tally, Timestamp } from './common';

export interface RestoreArgs {
  deployment: string | null;
  at: string;
  components: Class[];
  paths: string[];
  /** `null`: in place. */
  into: Path | null;
  emergency: boolean;
  keys: KeysGiven;
}

export interface RestorePreview {
  archive: ArchiveName;
  at: Timestamp;
  deployment: string;
  in_place: boolean;
  roots: PreviewRoot[];
  created: Tally;
  replaced: Tally;
  deleted: Tally;
  unchanged: Tally;
  kept: Tally;
  bytes_to_write: number;
  free_bytes: number;
  needs: Needed[];
  changes: RestoreChange[];
  changes_truncated: boolean;
  problems: Note[];
}

export interface PreviewRoot extends RootInfo {
  exists: boolean;
}

export interface Needed {
  archive: ArchiveName;
  reachable: boolean;
}

export interface RestoreChange {
  path: string;
  action: 'create' | 'replace' | 'delete';
  bytes: number;
}

export interface RestoreAnswer {
  outcome: Outcome;
  /** Of a restore in place, what `undo` knows it by. */
  id: string | null;
  archive: ArchiveName;
  at: Timestamp;
  deployment: string;
  files: number;
  bytes: number;
  roots: RootInfo[];
  created: Tally;
  replaced: Tally;
  deleted: Tally;
  preserved: Path[];
  emergency: ArchiveName | null;
  problems: Note[];
}

export interface UndoPreview {
  deployment: string;
  id: string;
  archive: ArchiveName;
  at: Timestamp;
  roots: UndoRoot[];
  problems: Note[];
}

export interface UndoRoot extends RootInfo {
  existed: boolean;
}

export interface UndoAnswer {
  outcome: Outcome;
  deployment: string;
  id: string;
  archive: ArchiveName;
  roots: RootInfo[];
  problems: Note[];
}

export interface ForgetAnswer {
  outcome: Outcome;
  deployment: string;
  removed: number;
  freed_bytes: number;
  problems: Note[];
}
