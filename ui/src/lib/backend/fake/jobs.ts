import { BackendError, type Job, type OnProgress } from '../backend';
import type { JobKind, Phase, Progress } from '../types';
import { failure, type FakeRun, type World } from './world';

/** One stretch of a made-up run. */
export interface Stretch {
  phase: Phase;
  files: number;
  bytes: number;
  seconds: number;
  /** What it names while it goes on. */
  current?: string;
}

export interface Script<Answer> {
  kind: JobKind | null;
  stretches: Stretch[];
  askedFor?: boolean;
  /** How far it is already, in seconds. */
  begunBefore?: number;
  /** Fails here and not at the end. */
  fails?: BackendError;
  finish: () => Answer;
}

const TICK_MS = 100;

/** Runs a script: progress as the engine tells it, ten times a second, and cancelling at the next tick. */
export function runScript<Answer>(world: World, script: Script<Answer>, onProgress?: OnProgress): Job<Answer> {
  const id = world.number();
  const began = world.clock.read().getTime() - (script.begunBefore ?? 0) * 1000;
  const listeners = new Set<OnProgress>(onProgress ? [onProgress] : []);
  let seconds = script.begunBefore ?? 0;
  let cancelled = false;

  const run: FakeRun = {
    job: {
      id,
      kind: script.kind ?? 'backup',
      deployment: 'chatbot',
      started: new Date(began).toISOString(),
      asked_for: script.askedFor ?? true,
      cancelling: false,
      phases: [...new Set(script.stretches.map((stretch) => stretch.phase))],
      progress: null,
      outcome: null,
    },
    listeners,
    result: Promise.resolve(),
    cancel: () => {
      cancelled = true;
      run.job.cancelling = true;
    },
  };

  const tell = (progress: Progress): void => {
    run.job.progress = progress;
    for (const listener of listeners) listener(progress);
  };

  const result = new Promise<Answer>((resolve, reject) => {
    const end = (outcome: 'done' | 'failed' | 'cancelled', finish: () => void, thrown?: BackendError): void => {
      clearInterval(timer);
      world.jobs.delete(id);
      finish();
      if (script.kind) {
        world.tell({ event: 'job-ended', id, kind: script.kind, deployment: 'chatbot', asked_for: run.job.asked_for, outcome, failure: thrown?.failure ?? null });
      }
    };
    const step = (): void => {
      if (cancelled) {
        const stopped = failure('cancelled', 'the run', 'it was cancelled', 'The run was cancelled.', 'Begin it again when it suits.');
        return end('cancelled', () => reject(stopped), stopped);
      }
      seconds += (TICK_MS / 1000) * world.pace;
      const progress = momentOf(script.stretches, seconds);
      if (progress) return tell(progress);
      const { fails } = script;
      if (fails) return end('failed', () => reject(fails), fails);
      end('done', () => resolve(script.finish()));
    };
    const timer = setInterval(step, TICK_MS);
  });
  run.result = result;
  // Whoever lets go of a job has no use for how it ended.
  result.catch(() => undefined);

  if (script.kind) {
    world.jobs.set(id, run);
    queueMicrotask(() => world.tell({ event: 'job-began', job: { ...run.job } }));
  }
  const now = momentOf(script.stretches, seconds);
  if (now) run.job.progress = now;
  return { id, result, cancel: () => Promise.resolve(run.cancel()) };
}

/** Where a run is after so many seconds; `null` when it is over. */
function momentOf(stretches: Stretch[], seconds: number): Progress | null {
  let left = seconds;
  const whole = stretches.reduce((sum, stretch) => sum + stretch.seconds, 0);
  for (const stretch of stretches) {
    if (left < stretch.seconds) {
      const part = left / stretch.seconds;
      const speed = stretch.bytes > 0 ? Math.round(stretch.bytes / stretch.seconds) : null;
      return {
        phase: stretch.phase,
        files_done: Math.floor(stretch.files * part),
        files_total: stretch.files,
        bytes_done: Math.floor(stretch.bytes * part),
        bytes_total: stretch.bytes,
        bytes_per_second: speed,
        seconds_left: Math.max(0, Math.ceil(whole - seconds)),
        current: stretch.current ?? null,
      };
    }
    left -= stretch.seconds;
  }
  return null;
}

export function joinRun<Answer>(world: World, id: string, onProgress?: OnProgress): Job<Answer> {
  const run = world.jobs.get(id);
  if (!run) {
    const gone = failure('bad-request', id, 'no such job runs', 'That run has ended already.', 'Look at the list of archives.');
    return { id, result: Promise.reject(gone), cancel: () => Promise.resolve() };
  }
  if (onProgress) run.listeners.add(onProgress);
  return { id, result: run.result as Promise<Answer>, cancel: () => Promise.resolve(run.cancel()) };
}

/** A task that is over in a moment, such as looking. */
export function quick<Answer>(world: World, phase: Phase, finish: () => Answer, onProgress?: OnProgress, fails?: BackendError | null): Job<Answer> {
  return runScript(world, { kind: null, stretches: [{ phase, files: 1594, bytes: 0, seconds: 0.6 }], ...(fails ? { fails } : {}), finish }, onProgress);
}
