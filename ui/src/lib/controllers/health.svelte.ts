import type { Backend } from '../backend/backend';
import type { AppEvent, DoctorAnswer, PruneAnswer, PrunePreview, VerifyAnswer } from '../backend/types';
import type { Planned } from '../backend/backend';
import type { Clock } from '../clock.svelte';
import type { ArchivesController } from './archives.svelte';
import { Asked } from './asked.svelte';
import type { KeyDesk } from './keydesk.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

export interface Looked {
  doctor: DoctorAnswer;
  at: Date;
}

/** What Holdfast rests on, whether archives are what was written, and room for new ones. */
export class HealthController {
  readonly checks;
  readonly verifying: LongTask<VerifyAnswer>;
  /** Of the verification that runs or ran last. */
  full = $state(false);
  readonly planningPrune: LongTask<Planned<PrunePreview>>;
  readonly pruning: LongTask<PruneAnswer>;

  readonly #backend: Backend;
  readonly #status: StatusController;
  readonly #desk: KeyDesk;
  readonly #archives: ArchivesController;

  constructor(backend: Backend, clock: Clock, status: StatusController, desk: KeyDesk, archives: ArchivesController) {
    this.#backend = backend;
    this.#archives = archives;
    this.#status = status;
    this.#desk = desk;
    this.checks = new Asked<Looked>(async () => ({ doctor: await backend.doctor({}), at: clock.read() }));
    this.verifying = new LongTask(clock);
    this.planningPrune = new LongTask(clock);
    this.pruning = new LongTask(clock);
  }

  async verify(full: boolean): Promise<void> {
    if (this.verifying.busy) return;
    this.full = full;
    const { deployment } = this.#status;
    await this.#desk.run(this.verifying, (keys, onProgress) =>
      this.#backend.verify({ deployment, archive: null, all: true, full, keys }, onProgress),
    );
    await Promise.all([this.#status.load(), this.#archives.list.load()]);
  }

  /** What was found no longer tells how it is: all that was not good is again, or there is a newer archive. */
  readonly outlived = $derived.by(() => {
    const { answer, ended } = this.verifying;
    if (!answer || !ended) return false;
    const { archives } = this.#archives;
    if (archives.some((one) => new Date(one.created) > ended)) return true;
    const bad = answer.archives.filter((verdict) => verdict.finding === 'damaged');
    const whole = (name: string): boolean =>
      archives.every((one) => one.name !== name || (one.verified?.ok === true && new Date(one.verified.at) > ended));
    return bad.length > 0 && bad.every((verdict) => whole(verdict.archive));
  });

  async planPrune(): Promise<void> {
    await this.dropPrune();
    this.pruning.reset();
    const { deployment } = this.#status;
    await this.planningPrune.run((onProgress) => this.#backend.plan_prune({ deployment }, onProgress));
  }

  async dropPrune(): Promise<void> {
    const plan = this.planningPrune.answer?.plan;
    this.planningPrune.reset();
    if (plan) await this.#backend.drop_plan({ plan }).catch(() => undefined);
  }

  async prune(): Promise<void> {
    const plan = this.planningPrune.answer?.plan;
    if (!plan || this.pruning.busy) return;
    await this.pruning.run((onProgress) => this.#backend.prune({ plan }, onProgress));
    this.planningPrune.reset();
    await this.#status.load();
  }

  diagnostics() {
    return this.#backend.diagnostics({});
  }

  openPath(path: string) {
    return this.#backend.open_path({ path });
  }

  hear(event: AppEvent): void {
    if (!this.checks.answer) return;
    if (event.event === 'settings-changed' || event.event === 'drives-changed' || event.event === 'archives-changed' || event.event === 'job-ended') {
      void this.checks.load();
    }
  }
}
