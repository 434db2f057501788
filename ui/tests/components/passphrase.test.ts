import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { NewPassphrase, Notes, SecretField } from '../../src/lib/components';
import { sound } from '../open';
import { typedTwice } from '../probes/typed.svelte';

const user = userEvent.setup();

describe('SecretField', () => {
  test('is covered, and shown by a press', async () => {
    render(SecretField, { label: 'Passphrase', value: '' });
    const field = screen.getByLabelText('Passphrase');
    await user.type(field, 'tide');
    expect(field).toHaveAttribute('type', 'password');
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(field).toHaveAttribute('type', 'text');
    expect(screen.getByRole('button', { name: 'Hide' })).toHaveAttribute('aria-pressed', 'true');
    await sound();
  });
});

describe('NewPassphrase', () => {
  test('asks once typing rests, and not at each key', async () => {
    const judge = vi.fn(async () => ({ verdict: 'good' as const, advice: [] }));
    render(NewPassphrase, { label: 'Passphrase', value: typedTwice(), judge });
    await user.type(screen.getByLabelText('Passphrase'), 'granite otter');
    expect(await screen.findByText('Good.', {}, { timeout: 5000 })).toBeInTheDocument();
    expect(judge.mock.calls.length).toBeLessThan(13);
    expect(judge).toHaveBeenLastCalledWith('granite otter');
    await sound();
  });

  test('what cannot be judged is for the engine to refuse', async () => {
    render(NewPassphrase, { label: 'Passphrase', value: { first: 'granite', again: '' }, judge: () => Promise.reject(new Error('gone')) });
    expect(await screen.findByText('Fair.', {}, { timeout: 5000 })).toBeInTheDocument();
  });
});

describe('Notes', () => {
  const note = (severity: 'notice' | 'problem', title: string) => ({ title, next_step: 'Nothing.', cause: 'os error 2', code: 'internal', severity });

  test('problems first, the rest on demand', async () => {
    render(Notes, { label: 'Notes', shown: 1, notes: [note('notice', 'The second.'), note('problem', 'The first.')] });
    expect(screen.getByText('The first.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'and 1 more' }));
    expect(screen.getByText('The second.')).toBeInTheDocument();
    await sound();
  });

  test('none: nothing', () => {
    const { container } = render(Notes, { label: 'Notes', notes: [] });
    expect(container.querySelector('ul')).toBeNull();
  });
});
