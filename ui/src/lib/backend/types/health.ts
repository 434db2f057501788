import type { Outcome, Timestamp } from './common';

export interface DoctorAnswer {
  outcome: Outcome;
  checks: Checkup[];
}

export type CheckState = 'ok' | 'unknown' | 'warning' | 'failing';

export interface Checkup {
  name: string;
  deployment: string | null;
  state: CheckState;
  seen: string;
  next_step: string | null;
}

/** Owed: which of the checks the machine can put right by itself, and when it was looked at. */
export interface CheckupFix {
  /** The `name` of the check. */
  name: string;
  label: string;
  effect: string;
  at: Timestamp;
}
