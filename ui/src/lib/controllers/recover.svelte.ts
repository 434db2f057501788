import type { Backend, Planned } from '../backend/backend';
import type {
  KeysGiven,
  MomentsAnswer,
  RecoverAnswer,
  RecoverArgs,
  RecoverFindAnswer,
  RecoverPreview,
} from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** From a drive to a running chatbot: find, open, look, recover. */
export class RecoverController {
  found: RecoverFindAnswer | null = $state.raw(null);
  readonly opening: LongTask<Planned<MomentsAnswer>>;
  readonly planning: LongTask<Planned<RecoverPreview>>;
  readonly run: LongTask<RecoverAnswer>;

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.opening = new LongTask(clock);
    this.planning = new LongTask(clock);
    this.run = new LongTask(clock);
  }

  drives() {
    return this.#backend.drives({});
  }

  /** Throws a `BackendError`. */
  async find(from: string): Promise<RecoverFindAnswer> {
    this.found = await this.#backend.recover_find({ from });
    return this.found;
  }

  open(folder: string, keys: KeysGiven, signed_by: string | null = null) {
    return this.opening.run((onProgress) => this.#backend.recover_open({ folder, keys, signed_by }, onProgress));
  }

  async plan(args: Omit<RecoverArgs, 'opened'>) {
    const opened = this.opening.answer?.plan;
    if (!opened) return null;
    return this.planning.run((onProgress) => this.#backend.plan_recover({ ...args, opened }, onProgress));
  }

  async start(): Promise<RecoverAnswer | null> {
    const plan = this.planning.answer?.plan;
    if (!plan || this.run.busy) return null;
    const answer = await this.run.run((onProgress) => this.#backend.recover({ plan }, onProgress));
    await this.#status.load();
    return answer;
  }
}
