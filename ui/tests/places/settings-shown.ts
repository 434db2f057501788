import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { open, settled } from '../open';

export const main = () => within(screen.getByRole('main'));
export const section = (name: RegExp) => main().getByRole('button', { name });
export const dialog = () => within(screen.getByRole('dialog'));
export const shown = async (place: string, story: Parameters<typeof open>[0] = 'calm', change?: Parameters<typeof open>[3], pace = 1) => {
  const opened = await open(story, place, pace, change);
  await settled();
  return { ...opened, user: userEvent.setup() };
};
