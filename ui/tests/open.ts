import { render } from '@testing-library/svelte';
import axe from 'axe-core';
import { expect, vi } from 'vitest';
import { App } from '../src/lib/app.svelte';
import { fakeBackend, type FakeBackend, STORY_NOW, type Story } from '../src/lib/backend/fake';
import { Clock } from '../src/lib/clock.svelte';
import Window from '../src/lib/shell/Window.svelte';

export interface Opened {
  app: App;
  backend: FakeBackend;
}

/** The whole window at a place, against the made-up deployment, with jobs that run `pace` times as fast as life. */
export async function open(story: Story, place = 'overview', pace = 1, change?: (backend: FakeBackend) => void): Promise<Opened> {
  location.hash = `#/${place}`;
  const clock = new Clock(STORY_NOW[story]);
  const backend = fakeBackend({ story, clock, pace });
  change?.(backend);
  const app = new App(backend, clock);
  render(Window, { app });
  await vi.waitFor(() => expect(app.status.status.answer !== null || app.status.status.failure !== null).toBe(true));
  await settled();
  return { app, backend };
}

/** Until what was asked has been answered and shown. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setTimeout(done, 0));
}

/**
 * axe finds nothing at serious or above. Colours need a real browser: `tokens.css` says what they were measured at. So do the
 * letters that `label-content-name-mismatch` measures.
 */
export async function sound(root: Element = document.body): Promise<void> {
  const { violations } = await axe.run(root, {
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: false }, 'label-content-name-mismatch': { enabled: false } },
  });
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
}
