import { SvelteMap } from 'svelte/reactivity';

/** What of an entry counts: a file is one, a folder all that is below it. */
export interface Selectable {
  path: string;
  files: number;
  bytes: number;
}

export type Chosen = 'on' | 'off' | 'part';

interface Mark {
  on: boolean;
  files: number;
  bytes: number;
}

/** Files and folders picked in a tree that is only partly loaded: marks say where it changes from in to out, the nearest above decides. */
export class Selection {
  readonly #marks = new SvelteMap<string, Mark>();

  readonly files = $derived.by(() => this.#sum((mark) => mark.files));
  readonly bytes = $derived.by(() => this.#sum((mark) => mark.bytes));
  readonly empty = $derived.by(() => this.files === 0 && ![...this.#marks.values()].some((mark) => mark.on));

  state({ path, files }: Selectable): Chosen {
    const base = this.#covered(path);
    const below = [...this.#marks].filter(([at]) => at.startsWith(`${path}/`));
    if (below.length === 0) return base ? 'on' : 'off';
    const chosen = below.reduce((sum, [, mark]) => sum + (mark.on ? mark.files : -mark.files), base ? files : 0);
    if (chosen >= files) return 'on';
    return chosen <= 0 ? 'off' : 'part';
  }

  toggle(entry: Selectable): void {
    this.set(entry, this.state(entry) !== 'on');
  }

  set({ path, files, bytes }: Selectable, on: boolean): void {
    for (const at of [...this.#marks.keys()]) if (at === path || at.startsWith(`${path}/`)) this.#marks.delete(at);
    // Where what is above says the same, there is nothing to mark.
    if (this.#covered(path) !== on) this.#marks.set(path, { on, files, bytes });
  }

  clear(): void {
    this.#marks.clear();
  }

  /** For the engine: of both lists, the nearest above a file decides. */
  paths(): { paths: string[]; except: string[] } {
    const all = [...this.#marks].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      paths: all.filter(([, mark]) => mark.on).map(([path]) => path),
      except: all.filter(([, mark]) => !mark.on).map(([path]) => path),
    };
  }

  /** By the nearest mark at or above it. */
  #covered(path: string): boolean {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      const mark = this.#marks.get(at);
      if (mark) return mark.on;
    }
    return false;
  }

  #sum(of: (mark: Mark) => number): number {
    let sum = 0;
    for (const mark of this.#marks.values()) sum += mark.on ? of(mark) : -of(mark);
    return sum;
  }
}
