import type { Backend } from '../backend/backend';

/** So long after the last key what was typed is checked. */
export const TYPING_MS = 200;
/** So long after it, what is shown follows what was typed. */
export const LOOKING_MS = 1000;

/** What the first run asks of the machine while something is chosen. */
export class SetupQuestions {
  constructor(protected readonly backend: Backend) {}

  drives() {
    return this.backend.drives({});
  }

  pickFolder(title: string) {
    return this.backend.pick_folder({ title, start: null });
  }

  strength(passphrase: string) {
    return this.backend.passphrase_strength({ passphrase });
  }
}

/** Does something once nobody has asked for it for a while. */
export class Later {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly afterMs: number) {}

  do(work: () => void): void {
    this.stop();
    this.#timer = setTimeout(work, this.afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
