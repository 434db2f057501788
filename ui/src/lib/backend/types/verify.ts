import type { ArchiveName, KeysGiven, Note, Outcome, Path } from './common';

export interface VerifyArgs {
  deployment: string | null;
  /** `null`: the latest. */
  archive: string | null;
  all: boolean;
  full: boolean;
  keys: KeysGiven;
}

export interface VerifyAnswer {
  outcome: Outcome;
  full: boolean;
  archives: VerdictNote[];
  problems: Note[];
}

export type Finding = 'ok' | 'not-checked' | 'incomplete' | 'unreadable' | 'missing' | 'untrusted' | 'damaged';

export interface VerdictNote {
  archive: ArchiveName;
  path: Path;
  ok: boolean;
  finding: Finding;
  full: boolean;
  signature: 'good' | 'unsigned' | 'other' | 'bad' | 'unchecked';
  files: number;
  bytes: number;
  problems: Note[];
}
