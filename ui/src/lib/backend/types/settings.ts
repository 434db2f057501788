// Owed by the api: see README.md. The shapes of `schedule` and `retention` are those of the settings on disk.
import type { Class, DeploymentName, Note, Path, Tally } from './common';
import type { LeftOutTotal } from './setup';

export interface Settings {
  deployment: DeploymentName;
  schedule: SchedulePolicy;
  retention: RetentionPolicy;
  exclude: string[];
  include_recreatable: string[];
  health_url: string | null;
  notes: string;
  roots: SettingsRoot[];
}

export interface SchedulePolicy {
  enabled: boolean;
  full_every_days: number;
  daily: boolean;
  /** `02:00`, local. */
  daily_at: string;
  /** 0: off. */
  hourly_minutes: number;
}

export interface RetentionPolicy {
  hourly: number;
  daily: number;
  weekly: number;
  monthly: number;
  manual_days: number;
}

export interface SettingsRoot {
  name: string;
  path: Path;
  data?: Path;
  file?: boolean;
}

export interface SettingsAnswer {
  settings: Settings;
  /** In the order of `settings.roots`. */
  roots: RootSize[];
  /** What is in the roots now, and what is left out. */
  components: { class: Class; files: number; bytes: number }[];
  left_out: LeftOutTotal[];
  application: AppSettings;
}

export interface RootSize extends Tally {
  path: Path;
  there: boolean;
}

/** Of the program on this machine, not of a deployment. */
export interface AppSettings {
  start_at_login: boolean;
  notify: boolean;
  log_folder: Path;
  version: string;
  /** What this machine does not offer (a keyring, a place for the tray icon), and what works all the same. */
  without: Note[];
}

export interface AppSettingsArgs {
  start_at_login: boolean;
  notify: boolean;
}

export interface SettingsArgs {
  deployment: DeploymentName | null;
  settings: Settings;
}

/** What settings would mean, without writing them: asked while the person types. */
export interface SettingsCheck {
  /** `field` is a dotted path, such as `schedule.daily_at`. */
  problems: { field: string; note: Note }[];
  consequences: Consequences;
  /** What each pattern of `settings.exclude` leaves out now, in their order. */
  excludes: ExcludeEffect[];
}

export interface ExcludeEffect extends Tally {
  pattern: string;
  /** At most 5. */
  examples: Path[];
}

export interface Consequences {
  /** "Keeps about 14 archives, about 3.1 GB." */
  sentence: string;
  archives: number;
  bytes: number;
  /** The most that can be lost, in seconds, for each class. */
  may_lose: { class: Class; seconds: number }[];
  /** What the next clean-up would take away that is kept by the settings as they are saved. */
  removes: { archives: number; bytes: number };
}

/** For a report: versions, settings and checks, without secrets, names of files and addresses. */
export interface DiagnosticsAnswer {
  text: string;
}
