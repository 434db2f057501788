import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { STORIES } from '../src/lib/backend/fake';
import { open, settled, sound } from './open';

describe('the window', () => {
  test.each(STORIES)('opens in the story %s', async (story) => {
    await open(story);
    expect(screen.getByRole('main')).toBeInTheDocument();
    await sound();
  });

  test('says the state in the rail and in the title', async () => {
    await open('calm');
    expect(within(screen.getByRole('complementary')).getByText('Protected')).toBeInTheDocument();
    expect(document.title).toBe('Overview - Protected - Holdfast');
  });

  test('shows its keys at a question mark, and closes them', async () => {
    await open('calm');
    const user = userEvent.setup();
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keys' })).toBeInTheDocument();
    await sound();
    await user.keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('does not show what does not work yet', async () => {
    await open('calm');
    expect(screen.queryByText('Drills')).toBeNull();
  });

  test('follows light and dark', async () => {
    const { app } = await open('calm');
    app.preferences.set('dark');
    await settled();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    app.preferences.set('light');
    await settled();
    expect(document.documentElement.dataset['theme']).toBe('light');
  });

  test('asks for the size of text that was chosen before, and for none that was not', async () => {
    localStorage.setItem('holdfast.text', '200');
    const large = await open('calm');
    expect(large.backend.world.textPercent).toBe(200);
    large.app.preferences.setText(100);
    await settled();
    expect(large.backend.world.textPercent).toBe(100);
    localStorage.setItem('holdfast.text', '4000');
    expect((await open('calm')).app.preferences.text).toBe(100);
  });
});
