import { failureOf } from '../backend/backend';
import type { Failure } from '../backend/types';

/** Something that is asked for and shown, and asked again when it may have changed. The old answer stays until then. */
export class Asked<Answer> {
  answer: Answer | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  asking = $state(false);
  #turn = 0;
  readonly #ask: () => Promise<Answer>;

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask;
  }

  async load(): Promise<Answer | null> {
    const turn = ++this.#turn;
    this.asking = true;
    try {
      const answer = await this.#ask();
      // An answer that was overtaken by a later question says nothing about now.
      if (turn !== this.#turn) return this.answer;
      this.answer = answer;
      this.failure = null;
    } catch (thrown) {
      if (turn === this.#turn) this.failure = failureOf(thrown);
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
    return this.answer;
  }

  clear(): void {
    this.#turn += 1;
    this.answer = null;
    this.failure = null;
    this.asking = false;
  }
}
