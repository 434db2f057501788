import { failureOf, isCancelled, type Job, type OnProgress } from '../backend/backend';
import type { Failure, Progress } from '../backend/types';
import type { Clock } from '../clock.svelte';

export type TaskState = 'idle' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';

/** One long task as the window sees it. It outlives the place that began it. */
export class LongTask<Answer> {
  state: TaskState = $state('idle');
  progress: Progress | null = $state.raw(null);
  answer: Answer | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  started: Date | null = $state.raw(null);
  ended: Date | null = $state.raw(null);
  readonly busy = $derived(this.state === 'running' || this.state === 'cancelling');

  readonly #clock: Clock;
  #job: Job<Answer> | null = null;
  #turn = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get id(): string | null {
    return this.#job?.id ?? null;
  }

  /** Its answer, or `null` where it failed or was cancelled: that is then in `state` and `failure`. */
  async run(begin: (onProgress: OnProgress) => Job<Answer>, started?: Date): Promise<Answer | null> {
    this.reset();
    this.state = 'running';
    this.started = started ?? this.#clock.read();
    // A later run takes the place of this one; what this one still says is then not shown any more.
    const turn = ++this.#turn;
    try {
      const job = begin((moment) => {
        if (this.#turn === turn) this.progress = moment;
      });
      this.#job = job;
      const answer = await job.result;
      if (this.#turn !== turn) return answer;
      this.answer = answer;
      this.state = 'done';
      return answer;
    } catch (thrown) {
      if (this.#turn !== turn) return null;
      this.failure = failureOf(thrown);
      this.state = isCancelled(thrown) ? 'cancelled' : 'failed';
      return null;
    } finally {
      if (this.#turn === turn) this.ended = this.#clock.read();
    }
  }

  /** Takes part in one that nobody asked for. How it ended is not kept: its answer is no task's, and where it matters it is told elsewhere. */
  async follow(begin: (onProgress: OnProgress) => Job<unknown>, started: Date): Promise<void> {
    this.reset();
    this.state = 'running';
    this.started = started;
    const turn = ++this.#turn;
    try {
      const job = begin((moment) => {
        if (this.#turn === turn) this.progress = moment;
      });
      this.#job = job as Job<Answer>;
      await job.result;
    } catch {
      // As above.
    }
    if (this.#turn === turn) this.reset();
  }

  async cancel(): Promise<void> {
    if (this.state !== 'running' || !this.#job) return;
    this.state = 'cancelling';
    try {
      await this.#job.cancel();
    } catch {
      // It ended in between; `result` tells how.
    }
  }

  /** Forgets how it ended. Does not stop it. */
  reset(): void {
    this.#turn += 1;
    this.#job = null;
    this.state = 'idle';
    this.progress = null;
    this.answer = null;
    this.failure = null;
    this.started = null;
    this.ended = null;
  }
}

/** Percent of the whole when an archive is written, and when it is read back: as title and tray count (`percent_of` of the api). */
const WRITTEN = 80;
const READ_BACK = 99;

/** How far all of it is, from 0 to 100; `null` while nobody knows. On the way to an archive it never falls. */
export function percentOf(progress: Progress | null): number | null {
  if (!progress) return null;
  const { phase, bytes_done, bytes_total, files_done, files_total } = progress;
  if (phase === 'finishing') return READ_BACK;
  const writes = phase === 'backing-up' || phase === 'exporting';
  const [from, to] = writes ? [0, WRITTEN] : phase === 'reading-back' ? [WRITTEN, READ_BACK] : [0, 100];
  const of = (done: number, total: number) => Math.min(to - from, Math.floor((done / total) * (to - from))) + from;
  if (bytes_total > 0) return of(bytes_done, bytes_total);
  if (files_total > 0) return of(files_done, files_total);
  return null;
}
