import type { Backend } from '../backend/backend';
import type { AcknowledgeAnswer, AlarmList, Matter } from '../backend/types';
import type { Clock } from '../clock.svelte';
import { Asked } from './asked.svelte';
import type { StatusController } from './status.svelte';
import { LongTask } from './task.svelte';

/** What looked wrong in a backup. A person says that it was meant, and can take that back. */
export class AlarmsController {
  /** The one that the person is asked about. */
  asked: { id: number; title: string; text: string } | null = $state.raw(null);
  /** What was acknowledged last here, until it is taken back or let go of. */
  last: { id: number; title: string } | null = $state.raw(null);
  /** All of them, also those that are closed. */
  readonly all: Asked<AlarmList>;
  readonly acknowledging: LongTask<AcknowledgeAnswer>;
  readonly takingBack: LongTask<AcknowledgeAnswer>;

  readonly #backend: Backend;
  readonly #status: StatusController;

  constructor(backend: Backend, clock: Clock, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.all = new Asked(() => backend.alarms({ deployment: status.deployment, all: true }));
    this.acknowledging = new LongTask(clock);
    this.takingBack = new LongTask(clock);
  }

  /** `id` as an act names it. */
  ask(id: string, matter: Matter | undefined): void {
    this.asked = { id: Number(id), title: matter?.said.title ?? '', text: matter?.text ?? '' };
  }

  /** That it was meant, with what the person says of it. */
  async acknowledge(note: string): Promise<void> {
    const { asked } = this;
    if (!asked || this.acknowledging.busy) return;
    await this.#say(this.acknowledging, asked.id, note.trim() || null, false);
    if (this.acknowledging.state === 'failed') return;
    this.asked = null;
    this.last = asked;
    this.acknowledging.reset();
    await this.#look();
  }

  /** It was not meant, after all: it is open again. */
  async takeBack(id: number): Promise<void> {
    if (this.takingBack.busy) return;
    await this.#say(this.takingBack, id, null, true);
    if (this.takingBack.state === 'failed') return;
    if (this.last?.id === id) this.last = null;
    this.takingBack.reset();
    await this.#look();
  }

  async #say(task: LongTask<AcknowledgeAnswer>, id: number, note: string | null, undo: boolean): Promise<void> {
    const { deployment } = this.#status;
    const result = (): Promise<AcknowledgeAnswer> => this.#backend.acknowledge({ deployment, id, note, undo });
    await task.run(() => ({ id: `alarm-${id}`, result: result(), cancel: async () => undefined }));
  }

  async #look(): Promise<void> {
    await Promise.all([this.#status.load(), this.all.answer ? this.all.load() : null]);
  }
}
