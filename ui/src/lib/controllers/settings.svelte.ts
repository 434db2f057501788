import type { Backend } from '../backend/backend';
import type { AppEvent, Note, Settings, SettingsCheck } from '../backend/types';
import { Asked } from './asked.svelte';
import type { StatusController } from './status.svelte';

/** Long enough that typing does not ask at each key, short enough to feel like an answer. */
const PAUSE_MS = 200;

/** What Holdfast is told to do: a draft that is checked while it is typed, and written when the person says so. */
export class SettingsController {
  readonly saved;
  readonly keys;
  readonly destinations;
  draft: Settings | null = $state(null);
  check: SettingsCheck | null = $state.raw(null);
  readonly changed = $derived.by(
    () => this.draft !== null && JSON.stringify(this.draft) !== JSON.stringify(this.saved.answer?.settings),
  );

  readonly #backend: Backend;
  readonly #status: StatusController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.saved = new Asked(() => backend.settings({ deployment: status.deployment }));
    this.keys = new Asked(() => backend.key({ deployment: status.deployment }));
    this.destinations = new Asked(() => backend.destinations({ deployment: status.deployment }));
  }

  async load(): Promise<void> {
    await Promise.all([this.saved.load(), this.keys.load(), this.destinations.load()]);
    this.revert();
  }

  revert(): void {
    this.draft = this.saved.answer ? structuredClone(this.saved.answer.settings) : null;
    void this.look();
  }

  /** Call it after each change of the draft. */
  typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), PAUSE_MS);
  }

  problem(field: string): Note | null {
    return this.check?.problems.find((problem) => problem.field === field)?.note ?? null;
  }

  /** Throws a `BackendError`. */
  async write(): Promise<void> {
    if (!this.draft) return;
    await this.#backend.write_settings({ deployment: this.#status.deployment, settings: $state.snapshot(this.draft) });
    await this.load();
  }

  async look(): Promise<void> {
    if (!this.draft) return;
    const settings = $state.snapshot(this.draft);
    this.check = await this.#backend
      .check_settings({ deployment: this.#status.deployment, settings })
      .catch(() => null);
  }

  hear(event: AppEvent): void {
    // What the person is typing is not overwritten.
    if (event.event === 'settings-changed' && this.saved.answer && !this.changed) void this.load();
  }
}
