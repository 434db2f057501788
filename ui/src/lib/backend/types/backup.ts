import type { ArchiveName, Envelope, KeysGiven, Kind, Level, Note, Outcome, Path, Timestamp } from './common';

export interface BackupArgs {
  deployment: string | null;
  /** `null`: what is due, or a full where there is none. */
  level: Level | null;
  manual: boolean;
  read_back: boolean;
  allow_empty: boolean;
  envelope: Envelope;
  keys: KeysGiven;
}

export interface BackupAnswer {
  outcome: Outcome;
  deployment: string;
  archive: ArchiveName;
  path: Path;
  level: Level;
  kind: Kind;
  reason: string;
  created: Timestamp;
  files: number;
  bytes: number;
  files_read: number;
  bytes_read: number;
  stored_bytes: number;
  sha256: string;
  signed: boolean;
  left_out: string[];
  copies: Copied[];
  problems: Note[];
}

export interface Copied {
  name: string;
  kind: 'folder' | 'drive' | 'cloud';
  there: boolean;
  copied: ArchiveName[];
  bytes: number;
  due: number;
  safe_to_unplug: boolean;
}
