import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, type FakeBackend } from '../../src/lib/backend/fake';
import type { MatterAct, Note, OverviewAnswer } from '../../src/lib/backend/types';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));

/** The newest archive holds a damaged database; the one before it a whole one. */
function wreck(backend: FakeBackend): MatterAct {
  const [newest, before] = backend.world.archives;
  newest!.captured = { matters: true, word: 'damaged database', said: 'The database data/webui.db is damaged in it.', problems: 1 };
  return { act: 'show-archive', label: 'Open the archive of 13:30', effect: 'With it picked.', archive: before!.name, paths: ['data/webui.db'] };
}

function overviewWith(backend: FakeBackend, change: (answer: OverviewAnswer) => Partial<OverviewAnswer>): void {
  const { overview } = backend;
  backend.overview = async (args) => {
    const answer = await overview(args);
    return { ...answer, ...change(answer) };
  };
}

const said = failure('database-damaged', 'data/webui.db', 'row 3 missing', 'The database data/webui.db is damaged.', 'x').failure;

describe('what was captured is not sound', () => {
  test('Overview: as of when, and a button to the archive that is whole, with the file picked', async () => {
    const { app } = await open('calm', 'overview', 1, (backend) => {
      const act = wreck(backend);
      overviewWith(backend, () => ({
        state: 'attention',
        matters: [{ id: 'data-lost', state: 'attention', about: 'chatbot', said, text: 'Seen at the backup of 13:45.', act, also: null }],
      }));
    });
    await sound();
    await userEvent.setup().click(main().getByRole('button', { name: 'Open the archive of 13:30' }));
    await waitFor(() => expect(app.router.place).toBe('archives'));
    await vi.waitFor(() => expect(app.archives.opened?.selection.paths().paths).toEqual(['data/webui.db']));
    expect(app.archives.opened?.name).toBe(app.archives.archives[1]?.name);
    expect(app.archives.wanted).toBeNull();
  });

  test('files that are lost: all of them are picked in the archive that has them', async () => {
    const paths = ['data/agents/harbour-guide.md', 'data/agents/tools.json'];
    const { app } = await open('calm', 'overview', 1, (backend) => {
      const act: MatterAct = { ...wreck(backend), paths };
      const gone = failure('config-lost', paths.join(' and '), 'they are in it', 'Configuration or keys gone.', 'x').failure;
      overviewWith(backend, () => ({ matters: [{ id: 'files-gone config', state: 'attention', about: 'chatbot', said: gone, text: 'Seen at the backup of 13:45.', act, also: null }] }));
    });
    await userEvent.setup().click(main().getByRole('button', { name: 'Open the archive of 13:30' }));
    await vi.waitFor(() => expect(app.archives.opened?.selection.paths().paths).toEqual(paths));
    expect(app.archives.opened?.selection.files).toBe(2);
    expect(app.archives.opened?.selection.bytes).toBeGreaterThan(0);
  });

  test('it was meant: each is named first, nothing else is settled, and a second way stands also without a first one', async () => {
    const paths = ['data/agents/harbour-guide.md', 'data/agents/tools.json'];
    const asked = vi.fn();
    let settledOf: FakeBackend['settled'] = () => Promise.reject(new Error('not open'));
    await open('calm', 'overview', 1, (backend) => {
      settledOf = () => backend.settled({ deployment: null });
      const gone = failure('config-lost', paths.join(' and '), 'they are in it', 'Configuration or keys gone.', 'x').failure;
      const also: MatterAct = { act: 'settle', label: 'It was meant…', effect: 'Names each first.', archive: null, paths };
      overviewWith(backend, () => ({ matters: [{ id: 'files-gone config', state: 'attention', about: 'chatbot', said: gone, text: 'Seen at the backup of 13:45.', act: null, also }] }));
      const { settle } = backend;
      backend.settle = async (args) => {
        asked(args.paths);
        return settle(args);
      };
    });
    const user = userEvent.setup();
    await user.click(main().getByRole('button', { name: 'It was meant…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Did these 2 files go on purpose?' }));
    expect(dialog.getAllByRole('listitem').map((item) => item.textContent)).toEqual(paths);
    await user.click(dialog.getByRole('button', { name: 'Cancel' }));
    expect(asked).not.toHaveBeenCalled();
    await user.click(main().getByRole('button', { name: 'It was meant…' }));
    await sound();
    await user.click(await screen.findByRole('button', { name: 'All 2 were meant' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(asked.mock.calls).toEqual([[paths]]);
    // It is undone where it was done.
    const done = within(await screen.findByRole('status', { name: '2 losses are settled' }));
    await sound();
    await user.click(done.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(screen.queryByText('2 losses are settled')).toBeNull());
    expect(asked.mock.calls).toEqual([[paths], [paths]]);
    expect((await settledOf({ deployment: null })).settled).toEqual([]);
  });

  test('a state before with what is nowhere else: to its undo, or its folder', async () => {
    const shown = vi.fn(async () => undefined);
    const { app } = await open('calm', 'overview', 1, (backend) => {
      backend.open_path = shown as unknown as FakeBackend['open_path'];
      const of = (act: MatterAct['act'], label: string, paths: string[]): MatterAct => ({ act, label, effect: 'x', archive: null, paths });
      const act = of('show-undo', 'Undo the restore…', []);
      const also = of('open-folder', 'Open its folder', ['/srv/.holdfast-before']);
      overviewWith(backend, () => ({ matters: [{ id: 'written-aside', state: 'attention', about: 'chatbot', said, text: '2 files.', act, also }] }));
    });
    const user = userEvent.setup();
    await user.click(main().getByRole('button', { name: 'Open its folder' }));
    expect(shown).toHaveBeenCalledWith({ path: '/srv/.holdfast-before' });
    await user.click(main().getByRole('button', { name: 'Undo the restore…' }));
    await waitFor(() => expect(app.router.path).toEqual(['undo']));
  });

  test('Overview: where none is whole, nothing is called restorable without that word', async () => {
    await open('calm', 'overview', 1, (backend) => {
      overviewWith(backend, (answer) => ({ restorable_as_of: null, partly_as_of: answer.restorable_as_of }));
    });
    expect(main().getByRole('heading', { level: 1 }).closest('main')).toHaveTextContent('Only in part, as of 13:45');
  });

  test('Overview: that the state that can be restored was given up stands with its time', async () => {
    await open('calm', 'overview', 1, (backend) => {
      overviewWith(backend, () => ({ restorable_given_up: 'given up by an undo' }));
    });
    const page = main().getByRole('heading', { level: 1 }).closest('main');
    expect(page).toHaveTextContent(/Restorable as of [^,]*13:45, given up by an undo/);
  });

  test('Archives: no tick in its row, and no plain one in its head', async () => {
    const { app } = await open('calm', 'archives', 1, (backend) => void wreck(backend));
    await settled();
    const list = within(main().getByRole('region', { name: 'Archives by day' }));
    expect(list.getByRole('link', { name: /^13:45 .*damaged database/ })).toBeInTheDocument();
    app.router.go('archives', app.archives.archives[0]!.name);
    const note = within(await main().findByRole('note'));
    expect(note.getByText('The database data/webui.db is damaged in it.')).toBeInTheDocument();
    expect(note.getByRole('button', { name: /13:30 instead/ })).toBeInTheDocument();
    await sound();
  });

  test('a damaged chain has no tick, and one that was only read back says so', async () => {
    const { app } = await open('damaged', 'archives');
    await settled();
    const needing = app.archives.archives.find((one) => one.soundness === 'needs-damaged')!;
    app.router.go('archives', needing.name);
    await settled();
    const head = main().getByRole('region', { name: /November/ });
    expect(head).not.toHaveTextContent(/Looked over|Verified \d/);
    expect(head).toHaveTextContent('Needs a damaged one');
    const good = app.archives.archives.find((one) => one.restorable)!;
    good.verified = { at: good.created, read_back: true, full: false, ok: true };
    await app.archives.list.load();
    app.router.go('archives', good.name);
    await waitFor(() => expect(main().getByText(/Read back/)).toBeInTheDocument());
  });

  test('a way to what is undamaged opens its dialog', async () => {
    await open('damaged', 'overview', 1, (backend) => {
      const broken = backend.world.archives.find((one) => one.soundness === 'damaged')!;
      const act: MatterAct = { act: 'salvage', label: 'Bring out what is undamaged…', effect: 'Into a folder.', archive: broken.name, paths: [] };
      const text = '2 older archives need it.';
      overviewWith(backend, () => ({ matters: [{ id: 'outlived-damage', state: 'attention', about: 'archives', said, text, act, also: null }] }));
    });
    await userEvent.setup().click(main().getByRole('button', { name: 'Bring out what is undamaged…' }));
    expect(await screen.findByRole('dialog')).toBeInTheDocument();
  });

  test('Health: a chatbot whose database is damaged is not called well, and the way on is a button', async () => {
    const { app } = await open('calm', 'health', 1, (backend) => {
      const act = wreck(backend);
      const { doctor } = backend;
      backend.doctor = async (args) => {
        const answer = await doctor(args);
        const seen = 'the database data/webui.db is damaged: seen at the backup of 13:45';
        const checks = answer.checks.map((check) => (check.name === 'chatbot' ? { ...check, state: 'failing' as const, seen, next_step: 'Restore it.', act } : check));
        return { outcome: 'failed', checks };
      };
    });
    await settled();
    expect(main().getByText('Not well')).toBeInTheDocument();
    await userEvent.setup().click(main().getByRole('button', { name: 'Open the archive of 13:30' }));
    await waitFor(() => expect(app.router.place).toBe('archives'));
  });

  test('Health: as written, and no plain tick; its result goes when there is a newer archive', async () => {
    const { app, backend } = await open('calm', 'health', 2000, (backend) => void wreck(backend));
    await settled();
    await userEvent.setup().click(main().getByRole('button', { name: 'Verify now' }));
    expect(await main().findByText(/all as written, and 1 of them captured what was not sound/)).toBeInTheDocument();
    expect(main().getByText('as written; damaged database')).toBeInTheDocument();
    const [newest] = backend.world.archives;
    backend.world.archives.unshift({ ...newest!, name: 'later', created: new Date(app.clock.read().getTime() + 60_000).toISOString() });
    await app.archives.list.load();
    await waitFor(() => expect(main().queryByText(/as written, and/)).toBeNull());
  });

  test('Health: of none that is good no others are spoken of', async () => {
    await open('damaged', 'health', 2000, (backend) => {
      for (const one of backend.world.archives) Object.assign(one, { soundness: 'damaged', restorable: false });
    });
    await settled();
    await userEvent.setup().click(main().getByRole('button', { name: 'Verify now' }));
    expect(await main().findByText(/None of them is\./)).toBeInTheDocument();
    expect(main().queryByText(/others/)).toBeNull();
  });
});

describe('said once, and no more than is so', () => {
  test('what made a backup fail is not told a second time', async () => {
    const gone = failure('root-missing', '/srv/chatbot', 'it is not there', '/srv/chatbot is not there.', 'Bring it back.');
    await open('calm', 'overview', 2000, (backend) => {
      const matter = { id: 'root-missing', state: 'at-risk', about: 'chatbot', said: gone.failure, text: 'x', act: null, also: null } as const;
      overviewWith(backend, () => ({ state: 'at-risk', matters: [matter] }));
      const { backup } = backend;
      backend.backup = (args, onProgress) => ({ ...backup(args, onProgress), result: Promise.reject(gone) });
    });
    await userEvent.setup().click(main().getByRole('button', { name: 'Back Up Now' }));
    await settled();
    expect(main().queryByText('The backup failed')).toBeNull();
    expect(main().getAllByText('/srv/chatbot is not there.')).toHaveLength(1);
    expect(main().getAllByText('At risk').length).toBeGreaterThan(0);
  });

  test('one file that came back is no proven restore', async () => {
    await open('calm', 'overview', 1, (backend) => {
      overviewWith(backend, () => ({ proven: null, brought_back: { at: new Date(2026, 10, 21, 12, 0).toISOString(), files: 1 } }));
    });
    expect(main().getByText(/^1 file brought back .*proves nothing of the rest/)).toBeInTheDocument();
  });

  test('a note with a way on has its button', async () => {
    const { app } = await open('attention', 'overview', 2000, (backend) => {
      const act = wreck(backend);
      const { backup } = backend;
      const note: Note = { ...said, act };
      backend.backup = (args, onProgress) => {
        const job = backup(args, onProgress);
        return { ...job, result: job.result.then((answer) => ({ ...answer, problems: [note] })) };
      };
    });
    const user = userEvent.setup();
    await user.click(main().getByRole('button', { name: 'Back Up Now' }));
    await user.click(await main().findByRole('button', { name: 'Open the archive of 13:30' }, { timeout: 5000 }));
    await waitFor(() => expect(app.router.place).toBe('archives'));
  });
});
