import type { ArchiveName, Class, KeysGiven, Note, Outcome, Path, RootInfo, Tally, Timestamp } from './common';

export interface RestoreArgs {
  deployment: string | null;
  at: string;
  components: Class[];
  /** `ROOT/...`, each with all that is below it; all where the list is empty. */
  paths: string[];
  /** Owed by the api: left out of them. Of all that is in either list, the nearest above a file decides. */
  except: string[];
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

/** What is undamaged in a damaged archive, into a new folder. */
export interface SalvageArgs {
  deployment: string | null;
  archive: string;
  into: Path;
  keys: KeysGiven;
}

export interface SalvageAnswer {
  outcome: Outcome;
  archive: Path;
  into: Path;
  files: number;
  bytes: number;
  /** The archive's own lists could be used: `problems` then names all that is missing. */
  listed: boolean;
  problems: Note[];
}
