import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import type { FakeBackend } from '../../src/lib/backend/fake';
import { RUNNING } from '../../src/lib/backend/fake/restore';
import type { Matter, OverviewAnswer, RestorePreview } from '../../src/lib/backend/types';
import { open, settled, sound } from '../open';
import { soon, unseenToo } from '../soon';

unseenToo();

vi.setConfig({ testTimeout: 90_000 });

const main = () => within(screen.getByRole('main'));
const text = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';

const GONE: Matter = {
  id: 'data-lost',
  state: 'at-risk',
  about: 'chatbot',
  said: { code: 'database-lost', severity: 'problem', subject: 'data/webui.db', cause: 'its file is gone', title: 'The database data/webui.db is gone.', next_step: 'Restore it.' },
  text: 'Seen at the backup of 14:00.',
  act: null,
  also: null,
};

/** What the overview says, to be changed while it is looked at. */
function says(backend: FakeBackend): { change: Partial<OverviewAnswer> } {
  const said = { change: {} };
  const { overview } = backend;
  backend.overview = async (args) => ({ ...(await overview(args)), ...said.change });
  return said;
}

/** Restores of the made-up deployment look so. */
function looksSo(backend: FakeBackend, change: Partial<RestorePreview>): void {
  const { plan_restore } = backend;
  backend.plan_restore = (args, onProgress) => {
    const job = plan_restore(args, onProgress);
    return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, ...change } })) };
  };
}

describe('The result of a backup', () => {
  async function backedUp(change: Partial<OverviewAnswer> = {}) {
    let said: ReturnType<typeof says> = { change: {} };
    const opened = await open('calm', 'overview', 2000, (backend) => void (said = says(backend)));
    said.change = change;
    await userEvent.setup().click(main().getByRole('button', { name: 'Back Up Now' }));
    await vi.waitFor(() => expect(opened.app.backup.task.state).toBe('done'), 5000);
    await settled();
    return { ...opened, said };
  }

  test('is not green above what is gone', async () => {
    await backedUp({ state: 'at-risk', matters: [GONE] });
    expect(main().queryByRole('heading', { name: 'Backup done' })).toBeNull();
    expect(main().getByRole('heading', { name: 'Backup done; 1 thing needs you all the same' })).toBeInTheDocument();
    await sound();
  });

  test('goes when things stand otherwise than when it was made', async () => {
    const { app, said } = await backedUp();
    expect(main().getByText('Backup done')).toBeInTheDocument();
    await app.status.load();
    expect(main().getByText('Backup done'), 'nothing has changed').toBeInTheDocument();
    said.change = { matters: [GONE] };
    await app.status.load();
    await waitFor(() => expect(main().queryByText(/Backup done/)).toBeNull());
  });

  test('goes when there is a newer one', async () => {
    const { app, said } = await backedUp();
    const last = app.status.overview.answer!.last!;
    said.change = { last: { ...last, at: new Date(new Date(last.at).getTime() + 60_000).toISOString() } };
    await app.status.load();
    await waitFor(() => expect(main().queryByText(/Backup done/)).toBeNull());
  });
});

describe('A restore', () => {
  test('that turns conversations back says so, and where what is newer goes', async () => {
    await open('calm', 'archives/latest/restore', 400, (backend) =>
      looksSo(backend, { headline: 'Conversations go back to 23:20: webui.db is replaced', effect: 'Restore webui.db of 23:20' }),
    );
    await soon(() => expect(main().getByText('Conversations go back to 23:20: webui.db is replaced')).toBeInTheDocument());
    expect(main().getByRole('button', { name: 'Restore webui.db of 23:20' })).toBeDisabled();
    expect(text()).toContain('What was written since then leaves the chatbot');
    expect(text()).toContain('not in the archive; 4 written since then');
    await sound();
  });

  test('that would change nothing has no button, and nobody is to be stopped for it', async () => {
    const none = { files: 0, bytes: 0 };
    await open('calm', 'archives/latest/restore', 400, (backend) =>
      looksSo(backend, { headline: 'Nothing would change', effect: 'Restore 0 files', nothing: true, leaves: null, changes: [], created: none, replaced: none, deleted: none, in_use: [RUNNING] }),
    );
    await soon(() => expect(main().getByText('Nothing would change')).toBeInTheDocument());
    expect(text()).not.toMatch(/stop it first|Restore 0 files|All of it can be undone|Archive the present state|made since then/);
    expect(main().queryByLabelText(/Type chatbot/)).toBeNull();
    await sound();
  });

  test('that is done leaves no ticks for the next', async () => {
    const { app } = await open('calm', 'archives', 2000);
    await settled();
    const name = app.archives.latest!.name;
    app.router.go('archives', name);
    await vi.waitFor(() => expect(app.archives.opened?.name).toBe(name));
    app.archives.opened!.selection.set({ path: 'data/webui.db', files: 1, bytes: 1 }, true);
    app.restore.want({ archive: name, ...app.archives.opened!.selection.paths(), files: 1, bytes: 1 });
    await app.restore.plan(null);
    expect(app.archives.opened!.selection.empty).toBe(false);
    await app.restore.start();
    expect(app.restore.run.state).toBe('done');
    expect(app.archives.opened!.selection.empty).toBe(true);
  });
});

test('what cannot be restored and what comes back not whole have signs of their own', async () => {
  const { app } = await open('damaged', 'archives', 1, (backend) => {
    const whole = backend.world.archives.find((one) => one.restorable && one.level === 'full')!;
    whole.captured = { matters: true, word: 'damaged database', said: 'The database data/webui.db is damaged in it.', problems: 1 };
  });
  await settled();
  const sign = (of: (typeof app.archives.archives)[number]) =>
    document.querySelector(`[data-row="${of.name}"] .marks use`)?.getAttribute('href');
  const { archives } = app.archives;
  expect(sign(archives.find((one) => one.soundness === 'needs-damaged')!)).toBe('#i-s-risk');
  expect(sign(archives.find((one) => one.captured?.matters)!)).toBe('#i-s-attention');
});

test('archives at their own place are not called copies', async () => {
  await open('damaged', 'overview', 1, (backend) => {
    const { overview } = backend;
    backend.overview = async (args) => {
      const answer = await overview(args);
      return { ...answer, places: answer.places.map((place) => (place.standing.first ? { ...place, damaged: 3 } : place)) };
    };
  });
  expect(text()).toContain('3 archives cannot be restored');
  expect(text()).not.toContain('3 damaged copies');
});
