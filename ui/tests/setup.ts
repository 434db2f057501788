import '@testing-library/jest-dom/vitest';
import { cleanup, configure, getConfig } from '@testing-library/svelte';
import { afterEach, beforeEach, vi } from 'vitest';
import { computedStyle } from './style';

// A machine that does other things too is slow, not wrong. What holds at once costs no patience.
const PATIENCE_MS = 15_000;
const { waitFor } = vi;
vi.waitFor = (check) => waitFor(check, { timeout: PATIENCE_MS, interval: 25 });

window.getComputedStyle = computedStyle;

// What jsdom does not have.
class Watches {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', Watches);
vi.stubGlobal('IntersectionObserver', Watches);
window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
})) as unknown as typeof window.matchMedia;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.scrollTo ??= (() => undefined) as typeof Element.prototype.scrollTo;
Element.prototype.animate ??= (() => ({ finished: Promise.resolve(), cancel: () => undefined })) as never;
Element.prototype.getAnimations ??= () => [];

// A dialog that closes gives the page back a moment later. Nobody is quicker than that.
const { asyncWrapper } = getConfig();
const later = setTimeout;
const pause = (ms: number) => new Promise((passed) => later(passed, ms));
const givesBack = () =>
  document.body.style.pointerEvents === 'none' && !document.querySelector('[data-state=open]:is([role=dialog], [role=alertdialog], [role=menu], [role=listbox])');
configure({
  asyncWrapper: async (act) => {
    for (let tries = 0; tries < 50 && givesBack(); tries += 1) await pause(5);
    return asyncWrapper(act);
  },
});

beforeEach(() => {
  configure({ asyncUtilTimeout: PATIENCE_MS, defaultHidden: false });
  location.hash = '';
  localStorage.clear();
  document.documentElement.lang = 'en';
  document.title = 'Holdfast';
});
afterEach(cleanup);
