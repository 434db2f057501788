import type { Backend, Job, OnProgress } from '../backend/backend';
import { type AppEvent, type BackupAnswer, type Level, NO_KEYS, type OverviewAnswer, type Phase, type RunningJob } from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { StatusController } from './status.svelte';
import { LongTask, percentOf } from './task.svelte';

/** What a backup goes through where the engine does not tell. */
const USUAL: Phase[] = ['preparing', 'scanning', 'backing-up', 'reading-back', 'finishing'];

/** The one backup that can run: begun here, or found running and joined. */
export class BackupController {
  readonly task: LongTask<BackupAnswer>;
  level: Level | null = $state(null);
  askedFor = $state(true);
  phases: Phase[] = $state.raw(USUAL);
  readonly running = $derived.by(() => this.task.busy);
  readonly percent = $derived.by(() => percentOf(this.task.progress));
  /** The archive is made, and is being brought to the other places. */
  readonly copying = $derived.by(() => this.running && this.task.progress?.phase === 'copying');
  /** What it goes through here: where copies are kept, they follow. */
  readonly steps: Phase[] = $derived.by(() => {
    const places = this.#status.overview.answer?.places.length ?? 0;
    return (places > 1 || this.copying) && !this.phases.includes('copying') ? [...this.phases, 'copying'] : this.phases;
  });
  /** How it ended is history: a later backup was made, how things stand is not as it was then, or what it failed for is not so any more. */
  readonly over: boolean = $derived.by(() => {
    const { ended, state, failure } = this.task;
    const { answer } = this.#status.overview;
    if (!ended || !answer || answer === this.#seen) return false;
    const later = answer.last !== null && answer.last.outcome !== 'failed' && new Date(answer.last.at) > ended;
    if (state === 'done') return this.#stood !== null && (later || isWorse(this.#stood, standing(answer)));
    if (state !== 'failed' || !failure) return false;
    const seen: string[] = ['root-missing', 'destination-missing', 'read-only'];
    return later || (seen.includes(failure.code) && !answer.matters.some((matter) => matter.said.code === failure.code));
  });

  /** What the overview said when it ended: that is of before. */
  #seen: OverviewAnswer | null = $state.raw(null);
  /** How things stood when it had ended. */
  #stood: Standing | null = $state.raw(null);

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.task = new LongTask(clock);
  }

  async start(level: Level | null = null): Promise<void> {
    if (this.running) return;
    this.level = level;
    this.askedFor = true;
    this.phases = USUAL;
    const args = {
      deployment: this.#status.deployment,
      level,
      manual: true,
      read_back: true,
      allow_empty: false,
      envelope: 'age' as const,
      keys: NO_KEYS,
    };
    await this.#ends(this.task.run((onProgress) => this.#backend.backup(args, onProgress)));
  }

  cancel(): Promise<void> {
    return this.task.cancel();
  }

  dismiss(): void {
    if (!this.running) this.task.reset();
  }

  /** Takes part in a backup that was begun elsewhere: by the schedule, the tray, or this window before it was closed. */
  async join(job: RunningJob): Promise<void> {
    if (this.running || job.kind !== 'backup') return;
    this.askedFor = job.asked_for;
    this.level = null;
    if (job.phases.length > 0) this.phases = job.phases;
    const begin = (onProgress: OnProgress): Job<BackupAnswer> => this.#backend.join(job.id, onProgress);
    const started = new Date(job.started);
    const joined = job.asked_for ? this.task.run(begin, started) : this.task.follow(begin, started);
    this.task.progress ??= job.progress;
    if (job.cancelling) this.task.state = 'cancelling';
    await this.#ends(joined);
  }

  async #ends(running: Promise<unknown>): Promise<void> {
    this.#stood = null;
    await running;
    this.#seen = this.#status.overview.answer;
    await this.#status.load();
    const { answer } = this.#status.overview;
    if (answer && this.task.state === 'done') this.#stood = standing(answer);
  }

  hear(event: AppEvent): void {
    if (event.event !== 'job-began' || event.job.kind !== 'backup') return;
    if (this.running) {
      // It is the one that was begun here: what is known of its course is taken over.
      if (event.job.phases.length > 0) this.phases = event.job.phases;
      return;
    }
    void this.join(event.job);
  }

  async joinRunning(): Promise<void> {
    const jobs = await this.#backend.jobs({}).catch(() => []);
    const running = jobs.find((job) => job.kind === 'backup');
    if (running) void this.join(running);
  }
}

/** What a result says something of: whether the chatbot can be brought back, and what is wrong with it and its archives. */
interface Standing {
  atRisk: boolean;
  wrong: string[];
}

function standing({ state, matters }: OverviewAnswer): Standing {
  const wrong = matters.filter(({ about }) => about !== 'copies').map(({ id, said }) => `${id} ${said.subject}`);
  return { atRisk: state === 'at-risk', wrong };
}

/** What got better takes nothing back of a result that was good. */
function isWorse(before: Standing, now: Standing): boolean {
  return (now.atRisk && !before.atRisk) || now.wrong.some((matter) => !before.wrong.includes(matter));
}
