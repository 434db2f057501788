import type { Outcome } from './common';

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
