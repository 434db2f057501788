import userEvent from '@testing-library/user-event';
import { expect, vi } from 'vitest';

const user = userEvent.setup();

/** Goes to an element with Tab alone. It may come, or be enabled, a little later. */
export async function tabTo(find: () => HTMLElement): Promise<void> {
  await vi.waitFor(() => expect(find()).toBeEnabled(), 5000);
  const wanted = find();
  for (let step = 0; document.activeElement !== wanted && step < 40; step += 1) await user.tab();
  expect(wanted).toHaveFocus();
}

export async function press(find: () => HTMLElement): Promise<void> {
  await tabTo(find);
  await user.keyboard('{Enter}');
}
