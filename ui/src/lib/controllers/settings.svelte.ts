import { failureOf } from '../backend/backend';
import type { Backend } from '../backend/backend';
import type { AppEvent, AppSettingsArgs, Failure, Note, Settings, SettingsCheck } from '../backend/types';
import { warnedOf } from './setup-draft';
import { Asked } from './asked.svelte';
import type { StatusController } from './status.svelte';

/** Long enough that typing does not ask at each key, short enough to feel like an answer. */
const PAUSE_MS = 200;

/** What Holdfast is told to do: a draft that is checked while it is typed, and written when the person says so. */
export class SettingsController {
  readonly saved;
  draft: Settings | null = $state(null);
  application: AppSettingsArgs | null = $state(null);
  check: SettingsCheck | null = $state.raw(null);
  saving = $state(false);
  /** Why the last saving failed; the draft is kept. */
  failure: Failure | null = $state.raw(null);
  /** Fields that hold no number now. The engine is not asked about them. */
  #unfit: Record<string, true> = $state({});
  readonly #unfitCount = $derived(Object.keys(this.#unfit).length);

  readonly changedSettings = $derived.by(
    () => this.draft !== null && JSON.stringify(tidied(this.draft)) !== JSON.stringify(this.saved.answer?.settings),
  );
  readonly changedApplication = $derived.by(() => {
    const saved = this.saved.answer?.application;
    const { application } = this;
    return !!saved && !!application && (saved.notify !== application.notify || saved.start_at_login !== application.start_at_login);
  });
  readonly changed = $derived.by(() => this.changedSettings || this.changedApplication || this.#unfitCount > 0);
  /** What the person said is meant to be left out: the warnings as they were then. */
  #meant = $state('');
  /** Patterns leave out what would be missed, and nobody said yet that it is meant. */
  readonly undecided = $derived.by(() => this.check?.decide === true && warnedOf(this.check) !== this.#meant);
  readonly wrong = $derived.by(() => this.#unfitCount + (this.check?.problems.length ?? 0) + (this.undecided ? 1 : 0));

  readonly #backend: Backend;
  readonly #status: StatusController;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;
  /** Raised when the draft is thrown away, so that fields take what it says. */
  edition = $state(0);

  constructor(backend: Backend, status: StatusController) {
    this.#backend = backend;
    this.#status = status;
    this.saved = new Asked(() => backend.settings({ deployment: status.deployment }));
  }

  /** For a place that opens: what is being typed is kept. */
  async open(): Promise<void> {
    if (this.changed) return;
    await this.load();
  }

  async load(): Promise<void> {
    await this.saved.load();
    this.revert();
  }

  revert(): void {
    const { answer } = this.saved;
    this.draft = answer ? structuredClone(answer.settings) : null;
    this.application = answer
      ? { start_at_login: answer.application.start_at_login, notify: answer.application.notify }
      : null;
    this.failure = null;
    this.#meant = '';
    this.#unfit = {};
    this.edition += 1;
    void this.look();
  }

  /** Call it after each change of the draft. */
  typed(): void {
    this.failure = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), PAUSE_MS);
  }

  /** A field holds what is not a number, or does again. */
  unfit(field: string, unfit: boolean): void {
    if (unfit) this.#unfit[field] = true;
    else delete this.#unfit[field];
  }

  problem(field: string): Note | null {
    return this.check?.problems.find((problem) => problem.field === field)?.note ?? null;
  }

  warning(field: string): Note | null {
    return this.check?.warnings.find((warning) => warning.field === field)?.note ?? null;
  }

  mean(on: boolean): void {
    this.#meant = on ? warnedOf(this.check) : '';
  }

  pickFolder(title: string, start: string) {
    return this.#backend.pick_folder({ title, start });
  }

  /** True where all of it is written now. */
  async save(): Promise<boolean> {
    if (!this.draft || !this.application || this.saving) return false;
    this.saving = true;
    this.failure = null;
    try {
      if (this.changedSettings) {
        const settings = tidied($state.snapshot(this.draft));
        await this.#backend.write_settings({ deployment: this.#status.deployment, settings });
      }
      if (this.changedApplication) await this.#backend.write_app_settings($state.snapshot(this.application));
      await this.load();
      return true;
    } catch (thrown) {
      this.failure = failureOf(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }

  async look(): Promise<void> {
    if (!this.draft || this.#unfitCount > 0) return;
    const turn = ++this.#turn;
    const settings = $state.snapshot(this.draft);
    const check = await this.#backend
      .check_settings({ deployment: this.#status.deployment, settings })
      .catch(() => null);
    if (turn === this.#turn) this.check = check;
  }

  hear(event: AppEvent): void {
    // What the person is typing is not overwritten.
    if (event.event === 'settings-changed' && this.saved.answer && !this.changed && !this.saving) void this.load();
  }
}

/** Without lines that nothing was typed into. */
function tidied(settings: Settings): Settings {
  return {
    ...settings,
    exclude: settings.exclude.map((pattern) => pattern.trim()).filter(Boolean),
    health_url: settings.health_url?.trim() || null,
  };
}
