import { failureOf } from '../backend/backend';
import type { Backend } from '../backend/backend';
import type { Failure, PauseFor } from '../backend/types';
import type { Clock } from '../clock.svelte';
import type { StatusController } from './status.svelte';

/** For how long nothing is made by itself: the two that the tray has too. */
export type PauseChoice = 'hour' | 'tomorrow';
export const PAUSES: PauseChoice[] = ['hour', 'tomorrow'];
const CHOSEN: Record<PauseChoice, PauseFor> = { hour: { span: '1h' }, tomorrow: { until: 'tomorrow' } };

/** A pause of the schedule: it ends by itself, and holds for whoever makes backups, the tray and `holdfast watch` alike. */
export class PauseController {
  busy = $state(false);
  failure: Failure | null = $state.raw(null);

  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #status: StatusController;
  readonly until: Date | null = $derived.by(() => {
    const until = this.#status.overview.answer?.schedule.paused_until;
    return until && new Date(until) > this.#clock.now ? new Date(until) : null;
  });

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#clock = clock;
    this.#status = status;
  }

  pause(how: PauseChoice): Promise<void> {
    return this.#do(() => this.#backend.pause({ deployment: this.#status.deployment, pause: CHOSEN[how] }));
  }

  resume(): Promise<void> {
    return this.#do(() => this.#backend.resume({ deployment: this.#status.deployment }));
  }

  async #do(change: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      await change();
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
    this.busy = false;
    await this.#status.load();
  }
}
