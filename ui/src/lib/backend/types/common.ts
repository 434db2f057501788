// Written by hand in the shape that serde gives; to be replaced by what ts-rs generates. Numbers are `number`: sizes stay
// far below 2^53.

/** RFC 3339, in UTC. */
export type Timestamp = string;
/** On the machine; never built or taken apart by the window, only shown and handed back. */
export type Path = string;
export type DeploymentName = string;
/** `chatbot_2026-11-21T134500Z_hourly`. */
export type ArchiveName = string;

/** A stable word, such as `drive-missing`: `Code` of the domain crate. The words for people come beside it. */
export type Code = string;

export type Outcome = 'done' | 'problems' | 'failed' | 'cancelled';
export type Severity = 'notice' | 'problem';
export type Class = 'database' | 'files' | 'vectors' | 'config' | 'application' | 'logs' | 're-creatable';
export type Level = 'full' | 'daily' | 'hourly';
export type Kind = 'scheduled' | 'manual' | 'emergency' | 'export';
export type Envelope = 'age' | 'openpgp';

/** Why a command could not do what it was asked. */
export interface Failure {
  code: Code;
  /** The thing that it concerns. */
  subject: string;
  /** The technical cause, in one line. */
  cause: string;
  /** The headline: what happened, to which thing. */
  title: string;
  next_step: string;
}

/** A problem beside a result that stands all the same. */
export interface Note extends Failure {
  severity: Severity;
}

export interface RootInfo {
  name: string;
  path: Path;
}

export interface Tally {
  files: number;
  bytes: number;
}

/** What the person gave to open archives with. Never kept: gone from the window when the call is made. */
export interface KeysGiven {
  passphrase: string | null;
  /** The recovery key, as typed. */
  identity: string | null;
  /** A file with it; what it holds never comes into the window. */
  identity_file?: Path | null;
  accept_unverified: boolean;
}

export const NO_KEYS: KeysGiven = { passphrase: null, identity: null, accept_unverified: false };

export interface DeploymentArgs {
  /** `null`: the only one. */
  deployment: DeploymentName | null;
}
