import type { App } from '../app.svelte';
import { places } from '../places/registry';
import { words } from '../words';

export const DIGIT = 'Ctrl';
const t = words.shell.shortcuts;

export const SHORTCUTS: { name: string; keys: string[] }[] = [
  { name: t.backUpNow, keys: ['Ctrl', 'B'] },
  { name: t.search, keys: ['/'] },
  { name: t.help, keys: ['?'] },
  { name: t.close, keys: ['Esc'] },
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** The keys that work everywhere. True where the key was one of them. */
export function pressed(event: KeyboardEvent, app: App, showHelp: () => void): boolean {
  const held = event.ctrlKey || event.altKey || event.metaKey;
  if (held && !event.shiftKey && /^[1-9]$/.test(event.key)) {
    const place = places[Number(event.key) - 1];
    if (place) app.router.go(place.id);
    return place !== undefined;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'b' && !event.shiftKey && !event.altKey) {
    if (app.status.empty || app.backup.running) return false;
    void app.backup.start();
    app.router.go('overview');
    return true;
  }
  if (held || isTyping(event.target) || document.querySelector('[role=dialog]')) return false;
  if (event.key === '?') {
    showHelp();
    return true;
  }
  if (event.key === '/') {
    // A place marks its search field; there is at most one.
    const field = document.querySelector<HTMLElement>('[data-search]');
    field?.focus();
    return field !== null;
  }
  return false;
}
