import type { Backend, Planned } from '../backend/backend';
import type { RestoreAnswer, RestoreArgs, RestorePreview, UndoAnswer, UndoPreview } from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** First looked at, then done, then undone: the plan that is run is the one that was shown. */
export class RestoreController {
  readonly planning: LongTask<Planned<RestorePreview>>;
  readonly run: LongTask<RestoreAnswer>;
  readonly undoing: LongTask<UndoAnswer>;
  undoPlan: Planned<UndoPreview> | null = $state.raw(null);
  readonly preview: RestorePreview | null = $derived.by(() => this.planning.answer?.preview ?? null);

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.planning = new LongTask(clock);
    this.run = new LongTask(clock);
    this.undoing = new LongTask(clock);
  }

  async plan(args: RestoreArgs): Promise<void> {
    await this.drop();
    this.run.reset();
    await this.planning.run((onProgress) => this.#backend.plan_restore(args, onProgress));
  }

  /** Lets go of what was looked at: a plan in place holds the deployment's lock. */
  async drop(): Promise<void> {
    const plan = this.planning.answer?.plan;
    this.planning.reset();
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async start(): Promise<void> {
    const plan = this.planning.answer?.plan;
    if (!plan || this.run.busy) return;
    await this.run.run((onProgress) => this.#backend.restore({ plan }, onProgress));
    await this.#status.load();
  }

  async planUndo(): Promise<void> {
    this.undoPlan = await this.#backend.plan_undo({ deployment: this.#status.deployment });
  }

  async undo(): Promise<void> {
    const plan = this.undoPlan?.plan;
    if (!plan || this.undoing.busy) return;
    this.undoPlan = null;
    await this.undoing.run((onProgress) => this.#backend.undo({ plan }, onProgress));
    await this.#status.load();
  }
}
