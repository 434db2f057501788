import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/svelte';
import { afterEach, beforeEach, vi } from 'vitest';
import { computedStyle } from './style';

// A machine that does other things too is slow, not wrong.
configure({ asyncUtilTimeout: 5000 });

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
  location.hash = '';
  localStorage.clear();
  document.documentElement.lang = 'en';
  document.title = 'Holdfast';
});
afterEach(cleanup);
