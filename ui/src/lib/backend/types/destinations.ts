import type { ArchiveName, Envelope, KeysGiven, Note, Outcome, Path, Timestamp } from './common';
import type { Copied } from './backup';
import type { Standing } from './status';

export interface AddDestinationArgs {
  deployment: string | null;
  name: string | null;
  path: Path;
  drive: boolean | null;
  volume_bytes: number | null;
}

export interface DestinationInfo {
  name: string;
  kind: 'folder' | 'drive' | 'cloud';
  path: Path;
  file_system: string;
  volume_bytes: number | null;
}

export interface DestinationAnswer {
  outcome: Outcome;
  deployment: string;
  destination: DestinationInfo;
  problems: Note[];
}

export interface DestinationList {
  outcome: Outcome;
  deployment: string;
  /** The first is where archives are made. */
  destinations: Standing[];
  problems: Note[];
}

export interface NamedDestination {
  deployment: string | null;
  name: string;
}

export interface RenameDestination extends NamedDestination {
  to: string;
}

export interface CopyArgs {
  deployment: string | null;
  to: string | null;
}

export interface CopyAnswer {
  outcome: Outcome;
  deployment: string;
  dry_run: boolean;
  destinations: Copied[];
  problems: Note[];
}

export interface ExportArgs {
  deployment: string | null;
  at: string;
  to: Path;
  envelope: Envelope;
  program: boolean;
  keys: KeysGiven;
}

export interface ExportPreview {
  deployment: string;
  archive: ArchiveName;
  path: Path;
  from: ArchiveName;
  reads: ArchiveName[];
  created: Timestamp;
  format: Envelope;
  files: number;
  bytes: number;
  needed_bytes: number;
  free_bytes: number;
  problems: Note[];
}

export interface ExportAnswer {
  outcome: Outcome;
  deployment: string;
  archive: ArchiveName;
  path: Path;
  from: ArchiveName;
  created: Timestamp;
  format: Envelope;
  files: number;
  bytes: number;
  stored_bytes: number;
  sha256: string;
  signed: boolean;
  beside: Path[];
  problems: Note[];
}

/** What was found of the copies at one destination. */
export interface Checked {
  name: string;
  there: boolean;
  checked: number;
  bytes: number;
  /** They are due again. */
  damaged: ArchiveName[];
}

export interface CopyCheckAnswer {
  outcome: Outcome;
  deployment: string;
  destinations: Checked[];
  problems: Note[];
}

export type CredentialsIn = 'environment' | 'keyring' | { file: Path };

export interface CloudSettings {
  /** `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://ACCOUNT/CONTAINER/PREFIX`. */
  url: string;
  endpoint?: string;
  region?: string;
  virtual_hosted?: boolean;
  allow_http?: boolean;
  authority?: Path;
  read_back?: boolean;
  credentials: CredentialsIn;
}

export interface AddCloudArgs {
  deployment: string | null;
  name: string | null;
  service: CloudSettings;
  /** Owed: as typed, kept in the keyring and nowhere else; `null` where they lie in a file already. */
  typed: CloudKey | null;
}

export interface CloudKey {
  id: string;
  secret: string;
}

// Owed by the api from here on.

/** Drives that are plugged in now, known or not. */
export interface DriveList {
  drives: DriveInfo[];
}

export interface DriveInfo {
  path: Path;
  label: string;
  file_system: string;
  total_bytes: number;
  free_bytes: number;
  writable: boolean;
  /** The destination that it is, by its marker. */
  destination: string | null;
  /** It holds Holdfast archives: recovery can start from it. */
  holds_archives: boolean;
}
