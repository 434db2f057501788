import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { Button, Checkbox, Choice, DeliberateAct, Dialog, Field, Menu, PathText, Secret, Switch } from '../../src/lib/components';
import { sound } from '../open';
import { text } from '../snippets';

const items = [
  { value: 'database', title: 'The database, as of 13:45', text: 'Uploads stay.', cost: 'about 2 min', loses: 'loses 32 min', tag: 'Suggested' },
  { value: 'all', title: 'Everything, as of 13:45', text: 'All together.', cost: 'about 5 min' },
  { value: 'none', title: 'Nothing', text: 'Not now.', disabled: true },
];

describe('Button', () => {
  test.each(['primary', 'plain', 'quiet', 'danger'] as const)('%s is pressed by keyboard', async (kind) => {
    const onclick = vi.fn();
    render(Button, { kind, icon: 'backup', onclick, children: text('Back Up Now') });
    const user = userEvent.setup();
    await user.tab();
    expect(screen.getByRole('button', { name: 'Back Up Now' })).toHaveFocus();
    await user.keyboard('{Enter}');
    expect(onclick).toHaveBeenCalledOnce();
    await sound();
  });

  test('disabled, it does nothing', async () => {
    const onclick = vi.fn();
    render(Button, { disabled: true, onclick, children: text('Restore') });
    await userEvent.setup().click(screen.getByRole('button'));
    expect(onclick).not.toHaveBeenCalled();
  });
});

describe('Field', () => {
  test('says what is wrong under it, and to who cannot see it', async () => {
    render(Field, { label: 'Time', value: '25:00', problem: 'That is no time of day.' });
    const field = screen.getByLabelText('Time');
    expect(field).toBeInvalid();
    expect(field).toHaveAccessibleDescription('That is no time of day.');
    await sound();
  });

  test('at rest with a hint, filled, and disabled', async () => {
    const { rerender } = render(Field, { label: 'Search', icon: 'search', value: '', hint: 'A part of a path.' });
    expect(screen.getByLabelText('Search')).toHaveAccessibleDescription('A part of a path.');
    await userEvent.setup().type(screen.getByLabelText('Search'), 'tide');
    expect(screen.getByLabelText('Search')).toHaveValue('tide');
    await rerender({ label: 'Search', value: '', disabled: true });
    expect(screen.getByLabelText('Search')).toBeDisabled();
    await sound();
  });
});

describe('Choice', () => {
  test('moves with the arrows and passes over what cannot be chosen', async () => {
    render(Choice, { label: 'Go back to what', items, value: 'database' });
    const user = userEvent.setup();
    await user.tab();
    await user.keyboard('{ArrowDown}');
    expect(screen.getByRole('radio', { name: /Everything/ })).toBeChecked();
    await user.keyboard('{ArrowDown}');
    expect(screen.getByRole('radio', { name: /The database/ })).toBeChecked();
    expect(screen.getByRole('radio', { name: /Nothing/ })).toBeDisabled();
    await sound();
  });
});

describe('Switch and Checkbox', () => {
  test('the switch is turned by the space bar', async () => {
    const changed = vi.fn();
    render(Switch, { label: 'Compare with now', checked: false, changed });
    const user = userEvent.setup();
    await user.tab();
    await user.keyboard(' ');
    expect(changed).toHaveBeenCalledWith(true);
    expect(screen.getByRole('switch', { name: 'Compare with now' })).toBeChecked();
    await sound();
  });

  test.each([
    [false, false, 'false'],
    [true, false, 'true'],
    [false, true, 'mixed'],
  ])('the box is off, on or part', async (checked, part, aria) => {
    render(Checkbox, { label: 'agents', unseen: true, checked, part });
    expect(screen.getByRole('checkbox', { name: 'agents' })).toHaveAttribute('aria-checked', aria);
    await sound();
  });
});

describe('DeliberateAct', () => {
  test('acts only when the name is typed', async () => {
    const act = vi.fn();
    render(DeliberateAct, { name: 'chatbot', effect: 'Restore 28 files, delete 10', act });
    const user = userEvent.setup();
    const button = screen.getByRole('button', { name: 'Restore 28 files, delete 10' });
    expect(button).toBeDisabled();
    await user.type(screen.getByRole('textbox'), 'chatbo');
    await user.keyboard('{Enter}');
    expect(act).not.toHaveBeenCalled();
    await user.type(screen.getByRole('textbox'), 't{Enter}');
    expect(act).toHaveBeenCalledOnce();
    await sound();
  });
});

describe('DeliberateAct, held', () => {
  test('takes the name all the same, and says what is in the way', async () => {
    const act = vi.fn();
    render(DeliberateAct, { name: 'chatbot', effect: 'Restore', act, disabled: true, why: 'First stop it.' });
    const field = screen.getByRole('textbox');
    await userEvent.setup().type(field, 'chatbot{Enter}');
    expect(field).toHaveValue('chatbot');
    expect(field).toHaveAccessibleDescription('First stop it.');
    expect(act).not.toHaveBeenCalled();
    await sound();
  });
});

describe('PathText', () => {
  test('may break behind each stroke, and reads as it is', () => {
    const { container } = render(PathText, { path: '/srv/chatbot/webui.db' });
    expect(container.textContent).toBe('/srv/chatbot/webui.db');
    expect(container.innerHTML.replaceAll(/<!--.*?-->/g, '')).toContain('/<wbr>srv/<wbr>chatbot/<wbr>webui.db');
  });
});

describe('Secret', () => {
  test('is not in the page until it is asked for, and is covered again', async () => {
    const reveal = vi.fn(() => 'lantern-granite');
    const { container } = render(Secret, { label: 'Recovery key', reveal });
    expect(container.textContent).not.toContain('lantern');
    expect(reveal).not.toHaveBeenCalled();
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(container.textContent).toContain('lantern-granite');
    await sound();
    await user.click(screen.getByRole('button', { name: 'Hide' }));
    expect(container.textContent).not.toContain('lantern');
  });

  test('covers itself after a while', async () => {
    const { container } = render(Secret, { label: 'Recovery key', reveal: () => 'lantern', coverAfterMs: 30 });
    await userEvent.setup().click(screen.getByRole('button', { name: 'Show' }));
    await vi.waitFor(() => expect(container.textContent).not.toContain('lantern'));
  });
});

describe('Dialog', () => {
  test('takes the focus and gives it back by Escape', async () => {
    render(Dialog, { open: true, title: 'Delete this archive', text: 'Three others need it.', children: text('They go too.') });
    const dialog = await screen.findByRole('dialog', { name: 'Delete this archive' });
    expect(dialog).toHaveAccessibleDescription('Three others need it.');
    await vi.waitFor(() => expect(dialog).toContainElement(document.activeElement as HTMLElement));
    await sound();
    await userEvent.setup().keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});

describe('Menu', () => {
  test('opens, moves and chooses by keyboard', async () => {
    const act = vi.fn();
    render(Menu, { label: 'More', items: [{ name: 'Verify', act: vi.fn() }, { name: 'Delete', icon: 'trash', act, danger: true }] });
    const user = userEvent.setup();
    await user.tab();
    await user.keyboard('{Enter}');
    // Nothing is laid out here, so it is never placed, and counts as hidden.
    const verify = await screen.findByText('Verify');
    await sound();
    await vi.waitFor(() => expect(verify).toHaveFocus());
    await user.keyboard('{ArrowDown}{Enter}');
    expect(act).toHaveBeenCalledOnce();
  });
});
