import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';
import { contextOf } from '../../src/lib/app.svelte';
import { failure, SET_UP } from '../../src/lib/backend/fake';
import Health from '../../src/lib/places/health/Health.svelte';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const shown = async (story: Parameters<typeof open>[0] = 'calm', change?: Parameters<typeof open>[3], pace = 1) => {
  const opened = await open(story, 'health', pace, change);
  await settled();
  return { ...opened, user: userEvent.setup() };
};
const primaries = () => document.querySelectorAll('main .btn.primary');

describe('Health', () => {
  test.each(SET_UP)('opens in the story %s', async (story) => {
    await shown(story);
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('Is my chatbot well?');
    await sound();
    expect(primaries().length).toBeLessThanOrEqual(1);
  });

  // Alone: where nothing is protected, the first run fills the window.
  test('empty: says what will be here', async () => {
    const { app } = await open('empty');
    cleanup();
    render(Health, { props: { path: [] }, context: contextOf(app) });
    expect(screen.getByText('The checks of your chatbot will be here')).toBeInTheDocument();
    await sound();
  });

  test('what was settled is listed, and taken back one by one or all at once', async () => {
    const paths = ['data/.env', 'data/uploads/scan.pdf', 'data/uploads/voice.ogg'];
    const { backend, user } = await shown('calm', (backend) => void backend.settle({ deployment: null, paths, take_back: false }));
    const list = within(await main().findByRole('region', { name: 'Settled losses' }));
    expect(list.getByText(/3 lost files were said to be meant/)).toBeInTheDocument();
    await sound();
    await user.click(list.getByText('Show all 3'));
    await user.click(list.getByRole('button', { name: 'Take back data/.env' }));
    await waitFor(() => expect(list.getByText(/2 lost files were/)).toBeInTheDocument());
    expect((await backend.settled({ deployment: null })).settled.map(({ path }) => path)).toEqual(paths.slice(1));
    await user.click(list.getByRole('button', { name: 'Take back all 2' }));
    await waitFor(() => expect(main().queryByText('Settled losses')).toBeNull());
  });

  test('calm: all is well, all checks with what was seen, and what is not asked', async () => {
    await shown();
    expect(main().getByText('All that was checked is well')).toBeInTheDocument();
    expect(main().getByText(/All 16 checks/)).toBeInTheDocument();
    expect(main().getByText(/Whether the chatbot itself answers is not asked yet/)).toBeInTheDocument();
    expect(main().getByText('49 archives, each compared with what was written; 49 again since it was made')).toBeInTheDocument();
    expect(main().queryByText('What needs a look')).toBeNull();
  });

  test('attention: says what Overview says, and repairs it', async () => {
    const { user } = await shown('attention', undefined, 2000);
    expect(main().getByText('2 things need a look')).toBeInTheDocument();
    expect(main().getByText('The drive Harbour Blue is 2 days overdue')).toBeInTheDocument();
    const repair = main().getByRole('button', { name: 'Repair the damaged copy' });
    expect(repair).toHaveClass('primary');
    await user.click(repair);
    await waitFor(() => expect(main().getByText('1 thing needs a look')).toBeInTheDocument());
  });

  test('risk: failing first, with a way on', async () => {
    await shown('risk');
    expect(main().getByText(/checks are failing/)).toBeInTheDocument();
    const rows = within(main().getByRole('region', { name: 'What needs a look' })).getAllByRole('listitem');
    expect(rows[0]).toHaveTextContent('failing');
    expect(main().getByText('There is no archive to verify.')).toBeInTheDocument();
  });

  test('unknown is not called failing, and not called ok', async () => {
    await shown('working');
    expect(main().getByText(/1 check is unknown/)).toBeInTheDocument();
    expect(main().getByText('the keyring is locked')).toBeInTheDocument();
  });

  test('error: a broken catalog leads to building it again', async () => {
    const { user } = await shown('error');
    expect(main().getByText('1 check is failing')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Build the catalog again' }));
    expect(await main().findByRole('progressbar')).toBeInTheDocument();
  });

  test('checking: says so until the answer is there, and after it was asked again', async () => {
    let answer: () => void = () => undefined;
    const { user } = await shown('calm', (backend) => {
      const { doctor } = backend;
      backend.doctor = async (args) => {
        await new Promise<void>((done) => (answer = done));
        return doctor(args);
      };
    });
    expect(main().getByRole('button', { name: 'Checking' })).toBeDisabled();
    expect(main().getByText(/Nothing is changed/)).toBeInTheDocument();
    await sound();
    answer();
    await user.click(await main().findByRole('button', { name: 'Check again' }));
    expect(main().getAllByText('checking').length).toBeGreaterThan(5);
    answer();
    expect(await main().findByText('All that was checked is well')).toBeInTheDocument();
  });

  test('the checks cannot be made: what happened, and again', async () => {
    await shown('calm', (backend) => {
      backend.doctor = () => Promise.reject(failure('permission-denied', 'the home', 'EACCES', 'The home cannot be read.', 'Give access.'));
    });
    expect(main().getByText('The checks could not be made')).toBeInTheDocument();
    expect(main().getByRole('alert')).toHaveTextContent('The home cannot be read.');
    expect(main().getByRole('button', { name: 'Check again' })).toHaveClass('primary');
    await sound();
  });

  test('a check leads to the setting that puts it right', async () => {
    const { user, app } = await shown('error');
    await user.click(main().getByRole('button', { name: 'See what may go' }));
    expect(app.router.place).toBe('settings');
    await waitFor(() => expect(document.activeElement).toHaveTextContent('See what may go'));
  });

  test('without a keyring and a tray: said, and nothing is failing', async () => {
    await shown('huge');
    expect(main().getByText('This computer has no keyring.')).toBeInTheDocument();
    expect(main().getByText('All that was checked is well')).toBeInTheDocument();
  });
});

describe('verifying', () => {
  test('by keyboard: begins, tells how far it is, is cancelled', async () => {
    const { user, app } = await shown();
    const start = main().getByRole('button', { name: 'Verify now' });
    start.focus();
    await user.keyboard('{Enter}');
    expect(await main().findByRole('progressbar')).toBeInTheDocument();
    await sound();
    await user.click(main().getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(app.health.verifying.state).toBe('cancelled'));
    expect(main().getByText(/Verification cancelled/)).toBeInTheDocument();
  });

  test('all good is one line, and each one on demand', async () => {
    const { user } = await shown('calm', undefined, 2000);
    await user.click(main().getByRole('button', { name: 'Verify now' }));
    expect(await main().findByText('49 archives verified: all good.')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: '49 good' }));
    expect(within(main().getByRole('list', { name: 'Result of each archive' })).getAllByRole('listitem')).toHaveLength(49);
    await sound();
  });

  test('a bad one is named first', async () => {
    const { user } = await shown('attention', undefined, 2000);
    await user.click(main().getByRole('button', { name: 'Verify now' }));
    expect(await main().findByText('1 of 49 archives is not good')).toBeInTheDocument();
    expect(within(main().getByRole('list', { name: 'Result of each archive' })).getByRole('listitem')).toHaveTextContent(/Full.*damaged/);
  });

  test('a full one asks for the key where the keyring does not give it; hundreds are told in part', async () => {
    const { user } = await shown('huge', undefined, 4000);
    await user.click(main().getByRole('radio', { name: /Full/ }));
    await user.click(main().getByRole('button', { name: 'Verify now' }));
    const field = await screen.findByLabelText('Passphrase');
    await user.type(field, 'right{Enter}');
    expect(await main().findByText(/354 archives verified, each opened and read: all good/)).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: '354 good' }));
    expect(main().getByText('and 154 more')).toBeInTheDocument();
  });

  test('it goes on while its place is not shown', async () => {
    const { user, app } = await shown('calm', undefined, 300);
    await user.click(main().getByRole('button', { name: 'Verify now' }));
    app.router.go('overview');
    await waitFor(() => expect(app.health.verifying.state).toBe('done'));
    app.router.go('health');
    expect(await main().findByText(/all good/)).toBeInTheDocument();
  });
});
