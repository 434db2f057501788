import type { ArchiveName, Kind, Level, Note, Outcome, Path, Timestamp } from './common';

export interface ArchiveList {
  outcome: Outcome;
  /** Newest first. */
  archives: ArchiveInfo[];
  deployments: number;
  problems: Note[];
}

export interface ArchiveInfo {
  name: ArchiveName;
  deployment_id: string;
  path: Path;
  level: Level;
  kind: Kind;
  created: Timestamp;
  /** Of the whole moment. */
  files: number;
  bytes: number;
  /** Of the archive's file. */
  stored_bytes: number;
  sha256: string;
  needs: ArchiveName[];
  made: Outcome;
  signed: boolean;
  pinned: boolean;
  verified: Verified | null;
  state: 'present' | 'missing' | 'removing';
  restorable: boolean;
  soundness: Soundness;
  away: boolean;
  copies: CopyPlace[];
}

export type Soundness = 'sound' | 'needs-damaged' | 'needs-missing' | 'damaged' | 'missing';

export interface CopyPlace {
  destination: string;
  verified: Timestamp | null;
}

export interface Verified {
  at: Timestamp;
  full: boolean;
  ok: boolean;
}

// Owed by the api from here on.

export interface PinArgs {
  deployment: string | null;
  archive: ArchiveName;
  pinned: boolean;
}

export interface DeleteArgs {
  deployment: string | null;
  archive: ArchiveName;
}

/** What a deletion would take along. */
export interface DeletePreview {
  archive: ArchiveName;
  freed_bytes: number;
  /** Archives that need it and go with it, oldest first. */
  needed_by: ArchiveName[];
  /** Why it may not go: the last verified one, an open alarm. */
  refused: Note | null;
  problems: Note[];
}

export interface DeleteAnswer {
  outcome: Outcome;
  removed: ArchiveName[];
  freed_bytes: number;
  problems: Note[];
}
