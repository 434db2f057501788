import type { DeploymentName, Failure, Outcome, Timestamp } from './common';

export type Phase =
  | 'preparing'
  | 'decrypting'
  | 'scanning'
  | 'backing-up'
  | 'exporting'
  | 'reading-back'
  | 'verifying'
  | 'checking-databases'
  | 'restoring'
  | 'checking-restored'
  | 'swapping'
  | 'comparing'
  | 'removing'
  | 'copying'
  | 'waiting-for-drive'
  | 'finishing';

/** A moment of a run. Totals are zero while they are not known. */
export interface Progress {
  phase: Phase;
  files_done: number;
  files_total: number;
  bytes_done: number;
  bytes_total: number;
  bytes_per_second: number | null;
  seconds_left: number | null;
  /** The file or archive at hand, as people know it. */
  current: string | null;
}

export type JobKind = 'backup' | 'restore' | 'undo' | 'verify' | 'export' | 'copy' | 'prune' | 'recover';

/** A job that goes on now, whoever began it: this window, the schedule, the tray. */
export interface RunningJob {
  id: string;
  kind: JobKind;
  deployment: DeploymentName | null;
  started: Timestamp;
  /** The person asked for it; otherwise the schedule. */
  asked_for: boolean;
  cancelling: boolean;
  /** The phases that this run will go through, in order, as far as that is known. */
  phases: Phase[];
  progress: Progress | null;
}

/** What the shell tells without being asked. */
export type AppEvent =
  | { event: 'status-changed'; deployment: DeploymentName | null }
  | { event: 'archives-changed'; deployment: DeploymentName | null }
  | { event: 'settings-changed'; deployment: DeploymentName | null }
  | { event: 'job-began'; job: RunningJob }
  | { event: 'job-ended'; id: string; kind: JobKind; outcome: Outcome; failure: Failure | null }
  | { event: 'drives-changed' }
  /** The tray or a notification asks for a place, such as `archives`. */
  | { event: 'show-place'; place: string };
