import type { Backend, Job, Planned } from '../backend/backend';
import type {
  AppEvent,
  ArchiveName,
  ForgetAnswer,
  Path,
  RestoreAnswer,
  RestorePreview,
  RunningJob,
  UndoAnswer,
} from '../backend/types';
import type { Clock } from '../clock.svelte';
import { Asked } from './asked.svelte';
import type { KeyDesk } from './keydesk.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** What was picked to come back. */
export interface Wanted {
  archive: ArchiveName;
  /** Empty: all of it. */
  paths: string[];
  except: string[];
  files: number;
  bytes: number;
}

/** First looked at, then done, then undone: the plan that is run is the one that was shown. */
export class RestoreController {
  wanted: Wanted | null = $state.raw(null);
  /** `null`: in its place. */
  into: Path | null = $state(null);
  readonly planning: LongTask<Planned<RestorePreview>>;
  readonly run: LongTask<RestoreAnswer>;
  /** Of the one that runs, or ran last; `null` where it was begun elsewhere. */
  ran: RestorePreview | null = $state.raw(null);
  /** What was looked at had changed when it was to be done: this is a new preview. */
  moved = $state(false);
  /** The chatbot's programs run, and it is to go on all the same. */
  anyway = $state(false);
  readonly undoPlan;
  readonly undoing: LongTask<UndoAnswer>;
  readonly forgetting: LongTask<ForgetAnswer>;
  /** States before a restore that can still be brought back. */
  readonly preserved;
  readonly preview: RestorePreview | null = $derived.by(() => this.planning.answer?.preview ?? null);

  readonly #backend: Backend;
  readonly #status: StatusController;
  readonly #desk: KeyDesk;
  #looking: Job<Planned<RestorePreview>> | null = null;

  /** Hears that one is done: what was picked for it is not meant for the next. */
  readonly #done: () => void;

  constructor(backend: Backend, clock: Clock, status: StatusController, desk: KeyDesk, done: () => void = () => undefined) {
    this.#backend = backend;
    this.#done = done;
    this.#status = status;
    this.#desk = desk;
    this.planning = new LongTask(clock);
    this.run = new LongTask(clock);
    this.undoing = new LongTask(clock);
    this.forgetting = new LongTask(clock);
    this.undoPlan = new Asked(() => backend.plan_undo({ deployment: status.deployment }));
    this.preserved = new Asked(() => backend.preserved({ deployment: status.deployment }));
  }

  want(wanted: Wanted): void {
    this.wanted = wanted;
    this.into = null;
    this.moved = false;
    if (!this.run.busy) this.run.reset();
  }

  /** Looks what would change; nothing is touched by that. */
  async plan(into: Path | null): Promise<void> {
    const { wanted } = this;
    if (!wanted || this.run.busy) return;
    this.into = into;
    this.anyway = false;
    await this.drop();
    const { archive: at, paths, except } = wanted;
    const args = { deployment: this.#status.deployment, at, components: [], paths, except, into, emergency: into === null };
    await this.#desk.run(this.planning, (keys, onProgress) => {
      this.#looking = this.#backend.plan_restore({ ...args, keys }, onProgress);
      return this.#looking;
    });
  }

  /** Lets go of what was looked at, or is still being looked at: a plan holds its archives open. */
  async drop(): Promise<void> {
    const looking = this.#looking;
    this.#looking = null;
    this.planning.reset();
    if (!looking) return;
    await looking.cancel().catch(() => undefined);
    const planned = await looking.result.catch(() => null);
    if (planned) await this.#backend.drop_plan({ plan: planned.plan }).catch(() => undefined);
  }

  async start(): Promise<void> {
    const planned = this.planning.answer;
    if (!planned || this.run.busy) return;
    this.#looking = null;
    this.ran = planned.preview;
    this.planning.reset();
    this.moved = false;
    const answer = await this.run.run((onProgress) => this.#backend.restore({ plan: planned.plan }, onProgress));
    if (answer) this.#done();
    if (this.run.failure?.code === 'changed-since-preview') {
      this.run.reset();
      this.moved = true;
      await this.plan(this.into);
      return;
    }
    await this.#after();
  }

  async undo(): Promise<void> {
    const plan = this.undoPlan.answer?.plan;
    if (!plan || this.undoing.busy) return;
    this.undoPlan.clear();
    await this.undoing.run((onProgress) => this.#backend.undo({ plan }, onProgress));
    await this.#after();
    if (this.undoing.failure?.code === 'changed-since-preview') await this.undoPlan.load();
  }

  async dropUndo(): Promise<void> {
    const plan = this.undoPlan.answer?.plan;
    this.undoPlan.clear();
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  /** What was restored stays, and can no longer be undone. Of the state before one restore. */
  async forget(id: string, discard_changes: boolean): Promise<void> {
    if (this.forgetting.busy) return;
    const { deployment } = this.#status;
    await this.dropUndo();
    await this.forgetting.run((onProgress) => this.#backend.forget({ deployment, id, discard_changes }, onProgress));
    await this.#after();
  }

  hear(event: AppEvent): void {
    if (event.event === 'job-began') void this.join(event.job);
    // Another program may have restored, undone, or let go of a state.
    if (event.event !== 'archives-changed') return;
    if (this.preserved.answer) void this.preserved.load();
    void this.#lookAgain();
  }

  /** What is looked at may be no more, after a restore, an undo or a backup elsewhere. Until it was looked at again there is nothing to press. */
  async #lookAgain(): Promise<void> {
    const { preview, wanted, anyway, moved } = this;
    if (!preview || this.run.busy) return;
    this.moved = false;
    await this.plan(this.into);
    if (!this.preview || this.wanted !== wanted) return;
    const same = shape(this.preview) === shape(preview);
    this.moved = !same || moved;
    this.anyway = same && anyway;
  }

  async joinRunning(): Promise<void> {
    const jobs = await this.#backend.jobs({}).catch(() => []);
    for (const job of jobs) void this.join(job);
  }

  /** Takes part in one that was begun before the window was opened. */
  async join(job: RunningJob): Promise<void> {
    const task = job.kind === 'restore' ? this.run : job.kind === 'undo' ? this.undoing : null;
    if (!task || task.busy) return;
    if (task === this.run) this.ran = null;
    const joined = task.run((onProgress) => this.#backend.join<never>(job.id, onProgress), new Date(job.started));
    task.progress ??= job.progress;
    await joined;
    await this.#after();
  }

  async #after(): Promise<void> {
    await Promise.all([this.#status.load(), this.preserved.load()]);
  }
}

/** What a person reads of it. Sizes of what a running chatbot writes are others at each look. */
function shape({ created, replaced, deleted, changes, in_use }: RestorePreview): string {
  const items = changes.map(({ action, path }) => [action, path]);
  return JSON.stringify([created.files, replaced.files, deleted.files, items, in_use.map(({ pid }) => pid)]);
}
