// Owed by the api: see README.md.
import type { Class, DeploymentName, Failure, Level, Timestamp } from './common';
import type { SafetyState, Standing } from './status';

/** All that Overview says, of one moment, so that its parts never contradict each other. */
export interface OverviewAnswer {
  deployment: DeploymentName;
  state: SafetyState;
  /** One sentence without commands to type: the window has buttons for them. */
  reason: string;
  restorable_as_of: Timestamp | null;
  paused_until: Timestamp | null;
  next: NextBackup | null;
  /** In the order of `Class`; classes that the deployment does not have are left away. */
  points: RecoveryPoint[];
  places: PlaceStanding[];
  proven: ProvenRestore | null;
  /** What needs the person, the worst first. */
  matters: Matter[];
  archives: number;
  stored_bytes: number;
  /** Of the oldest archive that can be restored. */
  since: Timestamp | null;
  /** Of the last backup, however it ended. */
  last: LastBackup | null;
}

export interface NextBackup {
  at: Timestamp;
  level: Level;
}

export interface RecoveryPoint {
  class: Class;
  /** The newest moment of it that can be brought back. */
  at: Timestamp | null;
  target_seconds: number;
}

export interface PlaceStanding {
  standing: Standing;
  /** It is the disk that the window runs from. */
  this_computer: boolean;
  disk_bytes: number | null;
  damaged: number;
  last_here: Timestamp | null;
  /** When a drive is due to be plugged in. */
  due_at: Timestamp | null;
}

/** A restore that was proven: a drill, or a real one with its checks. */
export interface ProvenRestore {
  at: Timestamp;
  seconds: number;
  checks_ok: number;
  checks: number;
}

export interface LastBackup {
  at: Timestamp;
  level: Level;
  outcome: 'done' | 'problems' | 'failed' | 'cancelled';
  problems: number;
}

export interface Matter {
  /** Stays the same as long as it is the same matter. */
  id: string;
  state: 'attention' | 'at-risk';
  /** `title`: the matter; `next_step`: what the person can do where no act does it; `cause` behind a click. */
  said: Failure;
  /** What was found, and what still works. */
  text: string;
  /** What puts it right with one press. */
  act: MatterAct | null;
}

export interface MatterAct {
  act: 'repair-copies' | 'back-up-now' | 'full-backup' | 'rebuild-catalog' | 'make-room' | 'restore-root' | 'prove-kit';
  /** On the button: "Repair the damaged copy". */
  label: string;
  /** Under it: how long, and what it does. */
  effect: string;
}

export interface HistoryAnswer {
  deployment: DeploymentName;
  /** One for each day, oldest first, in the local time zone; the last is today. */
  days: HistoryDay[];
}

export interface HistoryDay {
  /** `2026-11-21`. */
  date: string;
  /** `none`: before Holdfast was there. */
  state: 'none' | 'some' | 'all' | 'full' | 'missed' | 'off';
  made: number;
  due: number;
}

export interface StorageArgs {
  deployment: DeploymentName | null;
  /** `null`: where archives are made. */
  destination: string | null;
}

export interface StorageAnswer {
  destination: string;
  /** Of the disk, oldest first. */
  used: { at: Timestamp; bytes: number }[];
  disk_bytes: number;
  used_bytes: number;
  /** Of all that grows on the disk. */
  bytes_a_month: number;
  full_at: Timestamp | null;
}
