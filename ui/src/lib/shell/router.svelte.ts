/** Where the window is: `#/archives/NAME/files`. The address makes back and forward work, and every view nameable. */
export class Router {
  #parts: string[] = $state.raw([]);
  readonly place = $derived.by(() => this.#parts[0] ?? '');
  /** What comes behind the place, for the place to read. */
  readonly path = $derived.by(() => this.#parts.slice(1));

  constructor() {
    this.#read();
  }

  go(place: string, ...path: string[]): void {
    location.hash = Router.address(place, ...path);
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
    if (parts.join('/') !== this.#parts.join('/')) this.#parts = parts;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
