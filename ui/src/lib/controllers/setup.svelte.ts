import type { Backend, Planned } from '../backend/backend';
import { type FindAnswer, NO_KEYS, type SetupAnswer, type SetupArgs, type SetupPreview } from '../backend/types';
import type { Clock } from '../clock.svelte';
import { LongTask } from './task.svelte';

/** The first run: what was found, what would be protected, the keys, and the kit proven by typing back. */
export class SetupController {
  readonly finding: LongTask<FindAnswer>;
  readonly planning: LongTask<Planned<SetupPreview>>;
  answer: SetupAnswer | null = $state.raw(null);

  readonly #backend: Backend;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.finding = new LongTask(clock);
    this.planning = new LongTask(clock);
  }

  find() {
    return this.finding.run((onProgress) => this.#backend.find({}, onProgress));
  }

  plan(args: SetupArgs) {
    return this.planning.run((onProgress) => this.#backend.plan_setup(args, onProgress));
  }

  strength(passphrase: string) {
    return this.#backend.passphrase_strength({ passphrase });
  }

  /** Throws a `BackendError`: the plan stays, so that the person can correct what was refused. */
  async setup(passphrase: string): Promise<SetupAnswer | null> {
    const plan = this.planning.answer?.plan;
    if (!plan) return null;
    this.answer = await this.#backend.setup({ plan, passphrase });
    return this.answer;
  }

  kit(file: string | null) {
    return this.#backend.kit({ deployment: this.answer?.deployment ?? null, file, keys: NO_KEYS });
  }

  kitGroups() {
    return this.#backend.kit_groups({ deployment: this.answer?.deployment ?? null });
  }

  prove(groups: [number, string][]) {
    return this.#backend.check_kit({ deployment: this.answer?.deployment ?? null, typed: { groups }, keys: NO_KEYS });
  }
}
