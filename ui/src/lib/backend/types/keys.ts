import type { ArchiveName, DeploymentName, KeysGiven, Note, Outcome, Path, Timestamp } from './common';
import type { Strength } from './setup';

export interface Person {
  name: string;
  recipient: string;
  added: Timestamp;
}

export interface Retired {
  key: string;
  until: Timestamp;
}

export interface KeyAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  deployment_id: string;
  recipients: string[];
  people: Person[];
  retired: Retired[];
  signing_public: string;
  retired_signing: Retired[];
  kit_made: Timestamp | null;
  kit_proven: Timestamp | null;
  recovery_key: Path;
  recovery_key_copies: Path[];
  identity_in_keyring: boolean;
  signing_key_in: 'keyring' | 'file' | 'nowhere';
  problems: Note[];
}

export interface PassphraseArgs {
  deployment: string | null;
  old: string;
  new: string;
}

export interface PassphraseAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  replaced: string[];
  passphrase_strength: Strength;
  problems: Note[];
}

/** `null`: the shell hands it to the system's print dialog; the page never comes into the window. */
export interface KitArgs {
  deployment: string | null;
  file: Path | null;
  keys: KeysGiven;
}

export interface KitAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  file: Path | null;
  made: Timestamp;
  recipient: string;
  problems: Note[];
}

export type TypedBack = { whole: string } | { groups: [number, string][] };

export interface CheckKitArgs {
  deployment: string | null;
  typed: TypedBack;
  keys: KeysGiven;
}

export interface CheckAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  groups: number[];
  proven: Timestamp;
  opened: ArchiveName | null;
  problems: Note[];
}

export interface PeopleAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  recipient: string;
  people: Person[];
  changed: Person | null;
  problems: Note[];
}

export interface AddPersonArgs {
  deployment: string | null;
  name: string;
  /** `age1...` */
  recipient: string;
}

export interface RotationArgs {
  deployment: string | null;
  /** The signing key too. */
  signing: boolean;
}

export interface RotationPreview {
  deployment: DeploymentName;
  recipient: string;
  signing: boolean;
  /** Archives that stay as they are. */
  archives: number;
  people: Person[];
  /** Destinations that get the new recovery key at once, and those that get it with the next backup. */
  reached: string[];
  away: string[];
}

export interface RotateAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  recipient: string;
  replaced_recipient: string;
  signing_public: string;
  signing_rotated: boolean;
  replaced: string[];
  identity_in_keyring: boolean;
  signing_key_in: 'keyring' | 'file';
  problems: Note[];
}
