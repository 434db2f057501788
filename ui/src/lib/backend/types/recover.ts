import type { ArchiveName, Class, KeysGiven, Kind, Level, Note, Outcome, Path, RootInfo, Timestamp } from './common';
import type { RestoreAnswer, RestorePreview } from './restore';

export interface FoundDeployment {
  name: string;
  folder: Path;
  archives: number;
  newest: Timestamp | null;
  has_key: boolean;
}

export interface RecoverFindAnswer {
  deployments: FoundDeployment[];
}

export interface RecoverOpenArgs {
  /** As `recover_find` gave it. */
  folder: Path;
  keys: KeysGiven;
  /** The public signing key from the recovery kit. */
  signed_by: string | null;
}

export interface MomentsAnswer {
  outcome: Outcome;
  deployment: string;
  folder: Path;
  signer_known: boolean;
  /** The printed key was given: protection goes on here only with a new passphrase. */
  needs_new_passphrase: boolean;
  /** Newest first. */
  moments: MomentInfo[];
}

export interface MomentInfo {
  archive: ArchiveName;
  at: Timestamp | null;
  kind: Kind | null;
  level: Level | null;
  stored_bytes: number;
  files: number | null;
  bytes: number | null;
  host: string | null;
  roots: RootInfo[];
  needs: ArchiveName[];
  missing: ArchiveName[];
  signature: 'good' | 'unsigned' | 'other' | 'bad' | 'unchecked' | null;
  restorable: boolean;
  problem: Note | null;
}

export interface RecoverArgs {
  /** What `recover_open` opened: kept by the shell until `drop_plan`. */
  opened: string;
  at: string | null;
  components: Class[];
  paths: string[];
  into: Path | null;
  moved: [string, Path][];
  users: [string, string][];
  groups: [string, string][];
  emergency: boolean;
  adopt: boolean;
  new_passphrase: string | null;
}

export interface RecoverPreview extends RestorePreview {
  folder: Path;
  replaces: boolean;
  protection: Protection;
  /** Owners of files that are not known here. */
  owners: StrangeOwner[];
}

export interface StrangeOwner {
  kind: 'user' | 'group';
  name: string;
  entries: number;
  /** Whose these will be, as it was asked or by default. */
  becomes: string;
}

export interface RecoverTrustArgs {
  opened: string;
  /** The public signing key from the recovery kit. */
  signed_by: string | null;
  accept_unverified: boolean;
}

export interface Protection {
  state: 'will' | 'already' | 'not-wanted' | 'cannot';
  destination: Path | null;
  settings_carried: boolean;
  cause: string | null;
}

export interface RecoverAnswer extends RestoreAnswer {
  protected: Protected | null;
  health_url: string | null;
  preset: string | null;
}

export interface Protected {
  settings: Path;
  identity_in_keyring: boolean;
  signing_key_in: 'keyring' | 'file';
  archives: number;
}
