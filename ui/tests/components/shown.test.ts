import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import {
  Answer,
  CheckRow,
  Empty,
  FailureNote,
  Icon,
  Meter,
  PhaseSteps,
  ProgressPanel,
  RelativeTime,
  Size,
  Tally,
  TechnicalCause,
  VirtualList,
} from '../../src/lib/components';
import { sound } from '../open';
import { text } from '../snippets';

describe('Answer', () => {
  test.each([
    ['s-ok', 'ok'],
    ['s-attention', 'warn'],
    ['s-risk', 'risk'],
    ['s-paused', 'quiet'],
  ] as const)('%s: its question is the heading', async (icon, tone) => {
    render(Answer, { question: 'Am I safe?', icon, tone, size: 'big', children: text('Protected'), second: text('as of 13:45'), reason: text('All is well.') });
    expect(screen.getByRole('heading', { level: 1, name: 'Am I safe?' })).toBeInTheDocument();
    expect(screen.getByText('Protected')).toBeInTheDocument();
    await sound();
  });
});

describe('Meter', () => {
  test('known, unknown, and a quantity', async () => {
    const { rerender } = render(Meter, { label: 'Backup', value: 38 });
    expect(screen.getByRole('progressbar', { name: 'Backup' })).toHaveAttribute('aria-valuenow', '38');
    await rerender({ label: 'Backup', value: null });
    expect(screen.getByRole('progressbar')).not.toHaveAttribute('aria-valuenow');
    await rerender({ label: 'Disk', value: 61, role: 'meter', tone: 'warn', text: '312 of 512 GB' });
    expect(screen.getByRole('meter')).toHaveAttribute('aria-valuetext', '312 of 512 GB');
    await sound();
  });
});

describe('PhaseSteps', () => {
  test.each(['line', 'tabs', 'list'] as const)('%s: says which is now', async (look) => {
    render(PhaseSteps, {
      label: 'Backup',
      look,
      steps: [
        { id: 'a', name: 'Looking', state: 'done', aside: '2 min' },
        { id: 'b', name: 'Copying', state: 'now' },
        { id: 'c', name: 'Checking', state: 'todo' },
      ],
    });
    const now = screen.getAllByRole('listitem').filter((item) => item.getAttribute('aria-current') === 'step');
    expect(now.map((item) => item.textContent)).toEqual([expect.stringContaining('Copying')]);
    await sound();
  });
});

describe('ProgressPanel', () => {
  const all = {
    label: 'Backup',
    percent: 38,
    doing: 'Backing up',
    current: 'uploads',
    items: { done: 612, total: 1594 },
    bytes: { done: 1.61e9, total: 4.2e9 },
    bytesPerSecond: 24e6,
    secondsLeft: 108,
    seconds: 67,
  };

  test('says what it does, how far it is, how fast, and how long yet', async () => {
    render(ProgressPanel, all);
    const panel = screen.getByRole('region', { name: 'Backup' });
    for (const said of ['Backing up', 'uploads', '612 of 1,594', '1.61 of 4.20 GB', '24.0 MB/s', '1 min 48 s', '1 min 7 s']) {
      expect(panel.textContent?.replace(/\s+/g, ' ')).toContain(said);
    }
    await sound();
  });

  test('does not make numbers up', () => {
    render(ProgressPanel, { label: 'Backup', percent: null, doing: 'Getting ready', secondsLeft: null });
    expect(screen.getAllByText('measuring')).toHaveLength(2);
    expect(screen.queryByText('Files')).toBeNull();
  });
});

describe('Tally', () => {
  test('four figures with their words', async () => {
    render(Tally, {
      items: [
        { icon: 'plus', name: 'Created', figure: '5', under: '31.4 MB' },
        { icon: 'minus', name: 'Deleted', figure: '10', under: '96 MB', takes: true },
      ],
    });
    expect(screen.getByText('Deleted')).toBeInTheDocument();
    await sound();
  });
});

describe('CheckRow', () => {
  test.each(['ok', 'warning', 'failing', 'unknown', 'checking'] as const)('%s has a shape and a word', async (state) => {
    const { container } = render(CheckRow, { state, word: state, name: 'Database now', seen: '37 rows cannot be read' });
    expect(screen.getByText(state)).toBeInTheDocument();
    expect(container.querySelector('use')).not.toBeNull();
    await sound();
  });
});

describe('Times and sizes', () => {
  const now = new Date(2026, 10, 21, 13, 48);
  test('the exact one is on hover', () => {
    const at = new Date(2026, 10, 21, 13, 45);
    const { container } = render(RelativeTime, { at, now });
    const time = container.querySelector('time');
    expect(time).toHaveTextContent('13:45');
    expect(time).toHaveAttribute('title', '2026-11-21 13:45, 3 min ago');
    expect(time).toHaveAttribute('datetime', '2026-11-21T13:45');
  });

  test('as a person says it', () => {
    const { container } = render(RelativeTime, { at: new Date(2026, 10, 21, 14, 0), now, as: 'in' });
    expect(container).toHaveTextContent('in 12 min');
  });

  test('a size has its bytes on hover', () => {
    const { container } = render(Size, { bytes: 4_200_000_000 });
    expect(container.querySelector('span')).toHaveAttribute('title', '4,200,000,000 bytes');
  });
});

describe('What went wrong', () => {
  const failure = { title: 'There is no room left.', next_step: 'Make room there.', cause: 'os error 28', code: 'destination-full' };

  test.each(['risk', 'warn', 'quiet'] as const)('%s: the cause is one click away', async (tone) => {
    render(FailureNote, { said: failure, tone });
    expect(screen.getByText('There is no room left.')).toBeInTheDocument();
    expect(screen.getByText(/os error 28/)).not.toBeVisible();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Technical cause' }));
    expect(screen.getByText(/os error 28/)).toBeVisible();
    await sound();
  });

  test('a failure is said aloud, a line of a list is not', () => {
    render(FailureNote, { said: failure });
    expect(screen.getByRole('alert')).toBeInTheDocument();
    render(FailureNote, { said: failure, look: 'row' });
    expect(screen.getAllByRole('alert')).toHaveLength(1);
  });

  test('the cause stands alone too', async () => {
    render(TechnicalCause, { cause: 'frame 2217 of 4812' });
    await userEvent.setup().click(screen.getByRole('button'));
    expect(await screen.findByText('frame 2217 of 4812')).toBeVisible();
  });
});

describe('Empty and Icon', () => {
  test('an empty place says what will be here', async () => {
    render(Empty, { icon: 'archives', title: 'No archive yet', text: 'Each backup shows here.', children: text('first step') });
    expect(screen.getByRole('heading', { name: 'No archive yet' })).toBeInTheDocument();
    await sound();
  });

  test('an icon has a name only where no word stands beside it', () => {
    const { container } = render(Icon, { name: 'pin' });
    expect(container.querySelector('svg')).toHaveAttribute('aria-hidden', 'true');
    render(Icon, { name: 'pin', label: 'Pinned' });
    expect(screen.getByRole('img', { name: 'Pinned' })).toBeInTheDocument();
  });
});

describe('VirtualList', () => {
  const row = createRawSnippet<[number]>((index) => ({ render: () => `<div role="listitem">row ${index()}</div>` }));

  test('of 300,000 rows only those in view are in the page', async () => {
    const inView = vi.fn();
    render(VirtualList, { count: 300_000, rowRem: 1.875, label: 'Files', row, inView });
    const list = screen.getByRole('list', { name: 'Files' });
    await vi.waitFor(() => expect(within(list).getAllByRole('listitem').length).toBeGreaterThan(10));
    expect(within(list).getAllByRole('listitem').length).toBeLessThan(80);
    expect(inView).toHaveBeenCalled();
    await sound();
  });

  test('follows when there are fewer', async () => {
    const { rerender } = render(VirtualList, { count: 100, rowRem: 2, label: 'Files', row });
    await vi.waitFor(() => expect(screen.getAllByRole('listitem').length).toBeGreaterThan(10));
    await rerender({ count: 3, rowRem: 2, label: 'Files', row });
    await vi.waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(3));
  });
});
