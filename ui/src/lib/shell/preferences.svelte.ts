export type Theme = 'system' | 'light' | 'dark';

const KEY = 'holdfast.theme';
const THEMES: readonly string[] = ['system', 'light', 'dark'];

/** How the window looks to this person on this machine; nothing that the engine needs to know. */
export class Preferences {
  theme: Theme = $state(read());
  #systemDark = $state(false);
  readonly dark = $derived.by(() => this.theme === 'dark' || (this.theme === 'system' && this.#systemDark));

  set(theme: Theme): void {
    this.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // It then holds until the window is closed.
    }
  }

  start(): () => void {
    const query = window.matchMedia?.('(prefers-color-scheme: dark)');
    const look = () => (this.#systemDark = query?.matches ?? false);
    look();
    query?.addEventListener('change', look);
    return () => query?.removeEventListener('change', look);
  }
}

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept && THEMES.includes(kept)) return kept as Theme;
  } catch {
    // No storage: as the system.
  }
  return 'system';
}
