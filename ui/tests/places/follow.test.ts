import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { RUNNING } from '../../src/lib/backend/fake/restore';
import type { Progress, RestorePreview } from '../../src/lib/backend/types';
import { percentOf } from '../../src/lib/controllers/task.svelte';
import { open, settled, sound } from '../open';
import { soon, unseenToo } from '../soon';

unseenToo();

vi.setConfig({ testTimeout: 90_000 });

const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
const text = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';

describe('What changes elsewhere', () => {
  test('an archive that another program made stands in the list, and what was picked stays', async () => {
    const { app, backend } = await open('calm', 'archives', 1000);
    await soon(() => expect(app.archives.opened).not.toBeNull());
    const opened = app.archives.opened!;
    opened.selection.set({ path: 'data/webui.db', files: 1, bytes: 1 }, true);
    const before = app.archives.archives.length;
    const newest = backend.world.archives[0]!;
    backend.world.archives = [{ ...newest, name: newest.name.replace(/_\d{8}T\d{6}Z_/, '_20991231T235959Z_') }, ...backend.world.archives];
    backend.world.tell({ event: 'archives-changed', deployment: null });
    await soon(() => expect(app.archives.archives).toHaveLength(before + 1));
    expect(app.archives.opened).toBe(opened);
    expect(opened.selection.empty).toBe(false);
  });

  test('Overview is looked at again when it, or the window, is come back to', async () => {
    let asked = 0;
    const { app } = await open('calm', 'health', 1, (backend) => {
      const { overview } = backend;
      backend.overview = (args) => {
        asked += 1;
        return overview(args);
      };
    });
    const first = asked;
    app.router.go('overview');
    await soon(() => expect(asked).toBe(first + 1));
    window.dispatchEvent(new Event('focus'));
    await soon(() => expect(asked).toBe(first + 2));
  });

  test('while something needs the person it is looked often whether it still does', async () => {
    let asked = 0;
    await open('attention', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = (args) => {
        asked += 1;
        return overview(args);
      };
    });
    const before = asked;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before), { timeout: 15_000 });
  });
});

test('percent never falls on the way to an archive', () => {
  const at = (phase: Progress['phase'], done: number): number | null =>
    percentOf({ phase, files_done: 0, files_total: 0, bytes_done: done, bytes_total: 100, bytes_per_second: null, seconds_left: null, current: null });
  const way = [at('backing-up', 0), at('backing-up', 50), at('backing-up', 100), at('reading-back', 1), at('reading-back', 100), at('finishing', 0)];
  expect(way).toEqual([0, 40, 80, 80, 99, 99]);
  expect(at('restoring', 41)).toBe(41);
});

test('what is wrong is said once: below, with what helps', async () => {
  const note = { code: 'config-lost', severity: 'problem', subject: 'data/.env', cause: 'it is in another', title: 'Configuration or keys missing: data/.env.', next_step: 'Restore it.' } as const;
  await open('calm', 'overview', 2000, (backend) => {
    const { backup, overview } = backend;
    backend.backup = (args, onProgress) => {
      const job = backup(args, onProgress);
      return { ...job, result: job.result.then((answer) => ({ ...answer, outcome: 'problems' as const, problems: [note] })) };
    };
    backend.overview = async (args) => ({
      ...(await overview(args)),
      state: 'attention',
      matters: [{ id: 'files-gone config', state: 'attention', about: 'chatbot', said: note, text: 'Seen at the backup of 14:00.', act: null, also: null }],
    });
  });
  await userEvent.setup().click(button('Back Up Now'));
  await soon(() => expect(main().getByText('Backup done, with problems')).toBeInTheDocument());
  expect(main().getAllByText('Configuration or keys missing: data/.env.')).toHaveLength(1);
  expect(text()).toContain('What is wrong stands below');
  await sound();
});

describe('The bar of a restore', () => {
  const preview = async (change: Partial<RestorePreview>) => {
    const opened = await open('calm', 'archives/latest/restore', 400, (backend) => {
      const { plan_restore } = backend;
      backend.plan_restore = (args, onProgress) => {
        const job = plan_restore(args, onProgress);
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, ...change } })) };
      };
    });
    await soon(() => expect(opened.app.restore.preview).not.toBeNull());
    await settled();
    return { ...opened, user: userEvent.setup() };
  };

  test('keeps its height and its buttons when nothing is in the way any more', async () => {
    const { user } = await preview({ in_use: [RUNNING] });
    const why = () => [...document.querySelectorAll('footer .why')];
    expect(why()).toHaveLength(1);
    const said = why()[0]!.textContent;
    await user.click(main().getByRole('checkbox', { name: 'Restore anyway' }));
    await settled();
    expect(why(), 'its room stays').toHaveLength(1);
    expect(why()[0]).toHaveTextContent(said ?? '');
    expect(why()[0]).toHaveAttribute('aria-hidden', 'true');
  });

  test('Cancel asks where something was ticked or typed, and not where nothing was', async () => {
    const { app, user } = await preview({});
    await user.type(main().getByLabelText(/Type chatbot/), 'chat');
    await user.click(button('Cancel'));
    const dialog = await screen.findByRole('dialog', { name: 'Leave without restoring?' });
    await user.click(within(dialog).getByRole('button', { name: 'Stay here' }));
    await soon(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(main().getByLabelText(/Type chatbot/)).toHaveValue('chat');
    await user.clear(main().getByLabelText(/Type chatbot/));
    await user.click(button('Cancel'));
    await soon(() => expect(app.router.path[1]).toBeUndefined());
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('where nothing is there, nothing is archived, kept, replaced, or gone since', async () => {
    const none = { files: 0, bytes: 0 };
    await preview({ emergency_bytes: 0, replaced: none, deleted: none, unchanged: none, kept: none });
    expect(text()).not.toMatch(/0 B|Archive the present state|present state is kept|stays beside it|gone since then|by older ones/);
    expect(text()).toContain('Nothing is there now.');
  });
});

test('a change of place begins at the top', async () => {
  const { app } = await open('calm', 'settings');
  document.documentElement.scrollTop = 700;
  app.router.go('overview');
  await soon(() => expect(screen.getByRole('main')).toHaveFocus());
  expect(document.documentElement.scrollTop).toBe(0);
});

test('nothing is promised in Settings while what is there is at risk', async () => {
  await open('calm', 'settings', 1, (backend) => {
    const { overview } = backend;
    backend.overview = async (args) => ({ ...(await overview(args)), state: 'at-risk' });
  });
  await soon(() => expect(text()).toContain('How much is at risk now stands in Overview.'));
  expect(text()).not.toMatch(/at most .* can be lost/);
});
