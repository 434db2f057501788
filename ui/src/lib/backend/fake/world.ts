import type { AlarmInfo, AppEvent, AppSettings, ArchiveInfo, Code, Failure, Person, Place, RunningJob, SettledLoss, Settings } from '../types';
import type { Clock } from '../../clock.svelte';
import { BackendError } from '../backend';
import { alarmsOf } from './alarms';
import { archivesOf } from './sample/archives';
import { settingsOf, WITHOUT } from './sample/settings';
import type { Story } from './story';

/** A place before anything is said of it. */
export type Standing = Omit<Place, 'state' | 'said'>;

export interface FakeOptions {
  story: Story;
  clock: Clock;
  /** How much faster than life jobs run: tests take a large number. */
  pace?: number;
}

/** What the made-up deployment is now. Everything that the fake answers comes from here, and tasks change it. */
export class World {
  readonly story: Story;
  readonly clock: Clock;
  readonly pace: number;
  archives: ArchiveInfo[];
  settings: Settings;
  application: AppSettings = { start_at_login: true, notify: true, log_folder: '/home/mara/.local/state/holdfast/logs', version: '1.0.0', closing: 'hides', without: [] };
  /** Losses that were said to be meant, the last first. */
  settled: SettledLoss[] = [];
  /** The huge story is a server: no keyring, no tray. */
  readonly keyring: boolean;
  people: Person[] = [];
  /** Destinations that were added, renamed (by id) and taken away. */
  readonly added: Standing[] = [];
  readonly renamed = new Map<string, string>();
  readonly forgotten = new Set<string>();
  setUp: boolean;
  repaired = false;
  kitProven: string | null;
  pausedUntil: Date | null = null;
  alarms: AlarmInfo[] = [];
  /** What was asked for last. */
  textPercent = 100;
  readonly jobs = new Map<string, FakeRun>();
  readonly plans = new Map<string, unknown>();
  #numbers = 0;
  readonly #hearers = new Set<(event: AppEvent) => void>();

  constructor({ story, clock, pace = 1 }: FakeOptions) {
    this.story = story;
    this.clock = clock;
    this.pace = pace;
    this.setUp = story !== 'empty' && story !== 'bare';
    this.keyring = story !== 'huge' && story !== 'locked';
    if (!this.keyring) Object.assign(this.application, { without: WITHOUT, closing: 'ends' });
    this.archives = this.setUp ? archivesOf(story, clock.read()) : [];
    this.alarms = alarmsOf(this);
    this.settings = settingsOf();
    if (story === 'paused') this.pausedUntil = new Date(clock.read().getTime() + 52 * 60_000);
    this.kitProven = this.setUp ? new Date(2025, 11, 1, 10, 4).toISOString() : null;
  }

  number(): string {
    this.#numbers += 1;
    return `fake-${this.#numbers}`;
  }

  tell(event: AppEvent): void {
    for (const hear of this.#hearers) hear(event);
  }

  watch(hear: (event: AppEvent) => void): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  /** Keeps a plan until it is run or dropped. */
  plan<Preview>(preview: Preview): { plan: string; preview: Preview } {
    const plan = this.number();
    this.plans.set(plan, preview);
    return { plan, preview };
  }

  take<Preview>(plan: string): Preview {
    if (!this.plans.has(plan)) throw failure('bad-request', plan, 'the plan is gone', 'What was looked at is no longer valid.', 'Look at it again.');
    const preview = this.plans.get(plan) as Preview;
    this.plans.delete(plan);
    return preview;
  }

  running(): RunningJob[] {
    return [...this.jobs.values()].map((run) => run.job);
  }
}

/** What the fake keeps of a job, so that it can be joined. */
export interface FakeRun {
  job: RunningJob;
  listeners: Set<(progress: NonNullable<RunningJob['progress']>) => void>;
  result: Promise<unknown>;
  cancel: () => void;
}

export function failure(code: Code, subject: string, cause: string, title: string, next_step: string): BackendError {
  const said: Failure = { code, severity: 'problem', subject, cause, title, next_step };
  return new BackendError(said);
}
