/** Where the window is: `#/archives/NAME/files`. The address makes back and forward work, and every view nameable. */
export class Router {
  #parts: string[] = $state.raw([]);
  readonly place = $derived.by(() => this.#parts[0] ?? '');
  /** What comes behind the place, for the place to read. */
  readonly path = $derived.by(() => this.#parts.slice(1));

  /** A place that has something unsaved is asked before another one is shown; where it says false, it stays. */
  leaving: ((to: string[]) => boolean) | null = null;

  constructor() {
    this.#read();
  }

  go(place: string, ...path: string[]): void {
    location.hash = Router.address(place, ...path);
    this.#read();
  }

  /** Takes the place of the address that led here: Back leads to where one came from. */
  instead(place: string, ...path: string[]): void {
    history.replaceState(history.state, '', Router.address(place, ...path));
    this.#read();
  }

  /** For `href`. */
  static address(place: string, ...path: string[]): string {
    return `#/${[place, ...path].map(encodeURIComponent).join('/')}`;
  }

  start(): () => void {
    const read = () => this.#read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }

  #read(): void {
    const parts = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decode);
    if (parts.join('/') === this.#parts.join('/')) return;
    if (this.leaving && (parts[0] ?? '') !== this.place && !this.leaving(parts)) {
      history.replaceState(history.state, '', Router.address(...(this.#parts as [string])));
      return;
    }
    this.#parts = parts;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
