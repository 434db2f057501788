import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, vi } from 'vitest';
import { type FakeBackend } from '../../src/lib/backend/fake';
import { open } from '../open';

export const main = () => within(screen.getByRole('main'));
export const button = (name: string | RegExp) => main().getByRole('button', { name });
export const said = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';
export const PASSPHRASE = 'lantern-granite-otter-tide-11';
export const user = userEvent.setup();

export async function begin(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' | 'huge' = 'empty') {
  const opened = await open(story, 'overview', 100, change);
  if (story === 'huge') opened.app.setup.begin();
  else await user.click(button(/Protect this computer/));
  await vi.waitFor(() => expect(opened.app.setup.finding.busy).toBe(false), 5000);
  return opened;
}

/** As far as the page with the keys. */
export async function toKeys(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' = 'empty') {
  const opened = await begin(change, story);
  if (story === 'bare') await user.click(button('Add a folder…'));
  await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
  await user.click(button('Go on'));
  await vi.waitFor(() => expect(button('Go on')).toBeEnabled(), 5000);
  await user.click(button('Go on'));
  return opened;
}

export async function typePassphrase(again = PASSPHRASE) {
  await user.type(main().getByLabelText('Passphrase', { selector: 'input' }), PASSPHRASE);
  await user.type(main().getByLabelText('The same again'), again);
}

export async function toKit(change?: (backend: FakeBackend) => void, story: 'empty' | 'bare' = 'empty') {
  const opened = await toKeys(change, story);
  await typePassphrase();
  await vi.waitFor(() => expect(button('Set up chatbot')).toBeEnabled());
  await user.click(button('Set up chatbot'));
  await vi.waitFor(() => expect(main().getByRole('button', { name: 'Print…' })).toBeInTheDocument());
  return opened;
}
