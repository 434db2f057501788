import type { Class, DeploymentName, Note, Outcome, Path, RootInfo } from './common';

export interface FindAnswer {
  outcome: Outcome;
  found: FoundInfo[];
  looked_in: Path[];
  complete: boolean;
  problems: Note[];
}

export interface FoundInfo {
  number: number;
  id: string;
  name: DeploymentName;
  preset: string;
  title: string;
  confidence: number;
  data: Path;
  roots: Path[];
  evidence: Evidence[];
  running: string[];
  protected_by: DeploymentName | null;
  health_url: string | null;
  pitfalls: string | null;
  servers: Server[];
  contents: Contents | null;
  problems: Note[];
}

export interface Evidence {
  by: 'process' | 'compose' | 'unit' | 'volume' | 'place' | 'folder';
  because: string;
}

export interface Server {
  kind: string;
  service: string;
  image: string;
  file: Path;
}

export interface Contents {
  files: number;
  bytes: number;
  classes: ClassTotal[];
  databases: Path[];
  vector_stores: Path[];
  secrets: SecretFound[];
  left_out: LeftOutTotal[];
  left_out_bytes: number;
}

export interface ClassTotal {
  class: Class;
  files: number;
  bytes: number;
}

export interface SecretFound {
  path: Path;
  what?: string;
  outside: boolean;
}

export interface LeftOutTotal {
  path: Path;
  reason: string;
  files: number;
  bytes: number;
}

export interface SetupArgs {
  name: string | null;
  roots: Path[];
  /** `null`: only look. Such a plan cannot be set up. */
  destination: Path | null;
  exclude: string[];
  /** What is left out by default and should be in. */
  include_recreatable: string[];
  preset: string | null;
  near: Path[];
  health_url: string | null;
}

export interface SetupPreview {
  deployment: DeploymentName;
  roots: RootInfo[];
  preset: string | null;
  pitfalls: string | null;
  health_url: string | null;
  servers: string[];
  files: number;
  bytes: number;
  classes: ClassTotal[];
  databases: Path[];
  vector_stores: Path[];
  secrets: SecretFound[];
  left_out: LeftOutTotal[];
  left_out_bytes: number;
  archives: Path | null;
  place: PlaceFacts | null;
  problems: Note[];
}

/** A place for archives, as it is now. */
export interface PlaceFacts {
  path: Path;
  /** As people know it: a drive's label. */
  name: string;
  kind: 'folder' | 'drive';
  file_system: string;
  total_bytes: number;
  free_bytes: number;
  /** It is on a disk that something protected lies on too. */
  same_disk: boolean;
}

export type Strength = 'weak' | 'fair' | 'good' | 'strong';

export interface SetupAnswer {
  outcome: Outcome;
  deployment: DeploymentName;
  id: string;
  roots: RootInfo[];
  files: number;
  bytes: number;
  archives: Path;
  recovery_key: Path;
  identity_in_keyring: boolean;
  signing_key_in: 'keyring' | 'file';
  recipients: string[];
  signing_public: string;
  passphrase_strength: Strength;
  problems: Note[];
}

// Owed by the api from here on.

export interface StrengthAnswer {
  verdict: Strength;
  guesses_log10: number;
  advice: string[];
}
