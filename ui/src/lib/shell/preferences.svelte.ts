export type Theme = 'system' | 'light' | 'dark';

/** In percent of what the system gives. */
export const TEXT_SIZES = [100, 125, 150, 200] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const KEY = 'holdfast.theme';
const TEXT_KEY = 'holdfast.text';
const THEMES: readonly string[] = ['system', 'light', 'dark'];

/** How the window looks to this person on this machine; nothing that the engine needs to know. */
export class Preferences {
  theme: Theme = $state(read());
  text: TextSize = $state(readText());
  #systemDark = $state(false);
  readonly dark = $derived.by(() => this.theme === 'dark' || (this.theme === 'system' && this.#systemDark));

  set(theme: Theme): void {
    this.theme = theme;
    keep(KEY, theme);
  }

  setText(text: TextSize): void {
    this.text = text;
    keep(TEXT_KEY, String(text));
  }

  start(): () => void {
    const query = window.matchMedia?.('(prefers-color-scheme: dark)');
    const look = () => (this.#systemDark = query?.matches ?? false);
    look();
    query?.addEventListener('change', look);
    return () => query?.removeEventListener('change', look);
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It then holds until the window is closed.
  }
}

function readText(): TextSize {
  try {
    const kept = Number(localStorage.getItem(TEXT_KEY));
    return TEXT_SIZES.find((size) => size === kept) ?? 100;
  } catch {
    return 100;
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
