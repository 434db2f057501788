import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/svelte';
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

beforeEach(() => {
  configure({ asyncUtilTimeout: PATIENCE_MS, defaultHidden: false });
  location.hash = '';
  localStorage.clear();
  document.documentElement.lang = 'en';
  document.title = 'Holdfast';
});
afterEach(cleanup);
