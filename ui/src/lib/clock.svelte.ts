/** What time it is, for everything that is shown: one clock, so that two parts of the window never disagree. */
export class Clock {
  now: Date = $state.raw(new Date());
  readonly #ahead: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `at`: pretend that it is then now; time goes on from there. */
  constructor(at?: Date) {
    this.#ahead = at ? at.getTime() - Date.now() : 0;
    this.now = this.read();
  }

  read(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  start(everyMs = 1000): () => void {
    this.#timer = setInterval(() => (this.now = this.read()), everyMs);
    return () => clearInterval(this.#timer);
  }
}
