import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, STORIES } from '../../src/lib/backend/fake';
import type { OnProgress } from '../../src/lib/backend/backend';
import type { PlaceStanding } from '../../src/lib/backend/types';
import { open, settled, sound } from '../open';

const main = () => within(screen.getByRole('main'));
const button = (name: string) => main().getByRole('button', { name });

/** The second click of a double click does not cancel, so a person waits a moment. */
const aMoment = () => new Promise((done) => setTimeout(done, 750));

describe('Overview', () => {
  test.each(STORIES)('%s: axe finds nothing grave', async (story) => {
    await open(story);
    await sound();
  });

  test('calm: one answer, the next backup, and one primary button', async () => {
    await open('calm');
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('Am I safe?');
    expect(main().getByText('Protected')).toBeInTheDocument();
    expect(main().getByText('in 12 min: databases and changed files')).toBeInTheDocument();
    expect(document.querySelectorAll('main .btn.primary')).toHaveLength(1);
    expect(button('Back Up Now')).toHaveClass('primary');
  });

  test('calm: says the ages against their targets, the copies, the year and the disk', async () => {
    await open('calm');
    const text = screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';
    for (const said of ['3 min of 15 min', '11 h 48 min of 24 h', '918 GB free; due tomorrow', '200 GB free, 39% of the disk', '49 archives kept, 38.2 GB', 'missed: 3', 'Disk full about May 2028', '+11.4 GB a month']) {
      expect(text).toContain(said);
    }
    expect(main().getByRole('img', { name: /Backups on each day since 1 Dec 2025.*3 missed.*11 Mar, 12 Mar, 11 Aug/ })).toBeInTheDocument();
    expect(main().getByRole('img', { name: /312 GB of 512 GB used/ })).toBeInTheDocument();
  });

  test('a next step without a button stands with what it is about, not where buttons stand', async () => {
    await open('attention', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        return { ...answer, matters: answer.matters.slice(0, 1).map((matter) => ({ ...matter, act: null, also: null, said: { ...matter.said, next_step: 'Make room, or choose another place.' } })) };
      };
    });
    const matter = main().getByRole('list', { name: 'What needs you' }).children[0] as HTMLElement;
    expect(within(matter).getByText('Make room, or choose another place.').parentElement).toBe(within(matter).getByRole('heading').parentElement);
    expect(within(matter).queryByRole('button', { name: /Make room/ })).toBeNull();
    expect(matter.querySelector('.act')).toBeNull();
  });

  test('a place that lacks archives stays told while it is away, and an empty one is no copy', async () => {
    await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        const [first, away, there] = answer.places as [PlaceStanding, PlaceStanding, PlaceStanding];
        away.standing = { ...away.standing, state: 'failed', said: 'away; its last copy failed 20 min ago: There is no space left; lacks 3 archives, 120 MB' };
        there.standing = { ...there.standing, state: 'waiting', archives: 0, said: 'waits for its first copy: 4 archives, 135 MB' };
        return { ...answer, places: [first, away, there], disk_loss: { kept_as_of: null, sentence: 'All of it is lost if this disk dies.', next_step: 'Copy to home-nas now.' } };
      };
    });
    const rows = within(main().getByRole('region', { name: 'Where the copies are' })).getAllByRole('listitem');
    expect(rows[1]).toHaveTextContent(/copy failed.*away; its last copy failed 20 min ago.*lacks 3 archives/);
    expect(rows[2]).toHaveTextContent(/no copy yet.*waits for its first copy: 4 archives, 135 MB/);
    expect(rows[2]).not.toHaveTextContent(/\bhere\b/);
    const loss = within(main().getByRole('region', { name: 'If this disk dies' }));
    expect(loss.getByText(/All of it is lost/)).toBeInTheDocument();
    await sound();
    await userEvent.setup().click(loss.getByRole('button', { name: 'Add a place…' }));
    expect(location.hash).toBe('#/settings/places/places');
  });

  test('where the newest archive lies elsewhere too, nothing is said of a disk that dies', async () => {
    await open('calm');
    expect(main().queryByRole('region', { name: 'If this disk dies' })).toBeNull();
  });

  test('after the first archive nothing is foretold of the disk', async () => {
    await open('calm', 'overview', 1, (backend) => {
      const { overview, storage } = backend;
      const at = new Date(2026, 10, 21, 13, 45).toISOString();
      backend.overview = async (args) => ({ ...(await overview(args)), since: at, archives: 1, stored_bytes: 2.9e9 });
      backend.storage = async (args) => ({
        ...(await storage(args)),
        used: [{ at: new Date(2026, 9, 22).toISOString(), bytes: 309e9 }, { at, bytes: 312e9 }],
        bytes_a_month: 0,
        full_at: null,
      }); // prettier-ignore
    });
    const disk = within(main().getByRole('region', { name: 'The disk' }));
    expect(disk.getByText('312 GB of 512 GB')).toBeInTheDocument();
    expect(disk.getByText('The forecast shows here after a week of backups.')).toBeInTheDocument();
    expect(disk.queryByRole('img')).toBeNull();
  });

  test('where nobody knows the size of the disk none is named', async () => {
    await open('calm', 'overview', 1, (backend) => {
      const { storage } = backend;
      backend.storage = async (args) => ({ ...(await storage(args)), disk_bytes: 0, used_bytes: 38.2e9, full_at: null });
    });
    const disk = main().getByRole('region', { name: 'What the archives take' });
    expect(disk.textContent).not.toMatch(/\b0 B/);
    expect(within(disk).getByRole('img', { name: /38.2 GB used, \+11.4 GB a month$/ })).toBeInTheDocument();
  });

  test('attention: the repair takes the primary button, and puts it right', async () => {
    await open('attention', 'overview', 400);
    expect(button('Back Up Now')).not.toHaveClass('primary');
    expect(button('Repair the damaged copy')).toHaveClass('primary');
    expect(main().getByText('2 days overdue')).toBeInTheDocument();
    await userEvent.setup().click(button('Repair the damaged copy'));
    await vi.waitFor(() => expect(main().queryByText(/is damaged$/)).toBeNull(), 5000);
    expect(main().getByText(/A drive is overdue/)).toBeInTheDocument();
  });

  test('risk: says what is wrong and what still works', async () => {
    await open('risk');
    expect(main().getByText('Nothing can be restored')).toBeInTheDocument();
    expect(main().getByText(/its 1,594 files are in their place/)).toBeInTheDocument();
    expect(main().getAllByText('none yet')).toHaveLength(6);
  });

  test('late: passes its target, in words', async () => {
    await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => {
        const answer = await overview(args);
        const at = new Date(backend.world.clock.read().getTime() - 20.5 * 60_000).toISOString();
        return { ...answer, points: [{ class: 'database', at, comes_out: null, target_seconds: 900, overdue: true, overdue_since: null }] };
      };
    });
    expect(main().getByText('late by 5 min')).toBeInTheDocument();
  });

  test('where there were databases and none is whole, that is not called none yet', async () => {
    const points = [
      { class: 'database' as const, at: null, comes_out: '2026-11-01T03:22:00Z', target_seconds: 900, overdue: true, overdue_since: null },
      { class: 'vectors' as const, at: null, comes_out: null, target_seconds: 900, overdue: true, overdue_since: null },
    ];
    await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = async (args) => ({ ...(await overview(args)), points });
    });
    expect(main().getByText(/^by salvage, /)).toBeInTheDocument();
    expect(main().getByText('none whole')).toBeInTheDocument();
    expect(main().queryByText('none yet')).toBeNull();
  });

  test('error: what happened, to which thing, and a way on', async () => {
    await open('error', 'overview', 400);
    expect(main().getByText('Not known')).toBeInTheDocument();
    const alert = within(main().getByRole('alert'));
    expect(alert.getByText('The catalog of archives cannot be read.')).toBeInTheDocument();
    expect(alert.getByText(/not touched by that/)).toBeInTheDocument();
    expect(button('Build the catalog again')).toHaveClass('primary');
    expect(document.querySelectorAll('main .btn.primary')).toHaveLength(1);
  });

  test('an answer that comes back replaces the failure', async () => {
    let broken = true;
    await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      backend.overview = (args) =>
        broken ? Promise.reject(failure('locked', 'chatbot', 'by another run', 'Another run has it.', 'Wait.')) : overview(args);
    });
    expect(main().getByText('Another run has it.')).toBeInTheDocument();
    broken = false;
    await userEvent.setup().click(button('Try again'));
    await vi.waitFor(() => expect(main().getByText('Protected')).toBeInTheDocument());
  });

  test('with several chatbots, each is a press away', async () => {
    const { app } = await open('calm', 'overview', 1, (backend) => {
      const { status, overview } = backend;
      backend.status = async (args) => {
        const answer = await status(args);
        return { ...answer, deployments: [...answer.deployments, { ...answer.deployments[0]!, deployment: 'second' }] };
      };
      backend.overview = async (args) => ({ ...(await overview(args)), reason: `This is ${args.deployment}.` });
    });
    const bots = within(main().getByRole('group', { name: 'Chatbots' }));
    expect(bots.getByRole('button', { name: 'chatbot' })).toHaveAttribute('aria-pressed', 'true');
    await userEvent.setup().click(bots.getByRole('button', { name: 'second' }));
    expect(await main().findByText('This is second.')).toBeInTheDocument();
    expect(app.status.deployment).toBe('second');
    await sound();
  });

  test('empty: the first run stands in its place', async () => {
    await open('empty');
    expect(document.title).toBe('First run - Not set up - Holdfast');
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What do you want to do?');
  });
});

describe('Back Up Now', () => {
  test('by keyboard: begins, tells how far it is, is cancelled, and says that nothing is left', async () => {
    const { app } = await open('calm');
    const user = userEvent.setup();
    const start = button('Back Up Now');
    for (let step = 0; document.activeElement !== start && step < 20; step += 1) await user.tab();
    expect(start).toHaveFocus();
    await user.keyboard('{Enter}');
    const stop = await main().findByRole('button', { name: 'Cancel backup' });
    expect(stop).toHaveFocus();
    await vi.waitFor(() => expect(main().getByRole('progressbar')).toBeInTheDocument());
    expect(within(screen.getByRole('complementary')).getByText('Backing up')).toBeInTheDocument();
    await vi.waitFor(() => expect(document.title).toContain('Backing up'));
    await sound();
    await aMoment();
    await user.keyboard('{Enter}');
    await vi.waitFor(() => expect(main().getByText('Backup cancelled')).toBeInTheDocument());
    expect(main().getByText(/Nothing was left half-done/)).toBeInTheDocument();
    expect(app.archives).toBeDefined();
    expect(button('Back Up Now')).toHaveFocus();
    await sound();
  });

  test('a double click does not cancel what it began', async () => {
    const { app } = await open('calm');
    await userEvent.setup().dblClick(button('Back Up Now'));
    expect(app.backup.task.state).toBe('running');
  });

  test('done: what was read and written, and what is still to come', async () => {
    const { backend } = await open('calm', 'overview', 2000);
    const before = backend.world.archives.length;
    await userEvent.setup().click(button('Back Up Now'));
    await vi.waitFor(() => expect(main().getByText('Backup done')).toBeInTheDocument(), 5000);
    expect(main().getByText(/4\.2 GB read, 2\.9 GB written/)).toBeInTheDocument();
    expect(main().getByText(/Harbour Blue gets this archive/)).toBeInTheDocument();
    expect(backend.world.archives).toHaveLength(before + 1);
    expect(screen.getByRole('status')).toHaveTextContent(/Protected|Backup done/);
    await sound();
    await userEvent.setup().click(button('Close'));
    expect(main().queryByText('Backup done')).toBeNull();
  });

  test('done with problems: each is listed with its next step', async () => {
    await open('attention', 'overview', 2000);
    await userEvent.setup().click(button('Back Up Now'));
    await vi.waitFor(() => expect(main().getByText('Backup done, with problems')).toBeInTheDocument(), 5000);
    expect(main().getByText(/minutes\.docx changed while it was read/)).toBeInTheDocument();
    expect(main().getByRole('list', { name: '1 problem, 1 notice' })).toBeInTheDocument();
    await sound();
  });

  test('many problems are not told all at once', async () => {
    await open('attention', 'overview', 2000, (backend) => {
      const { backup } = backend;
      backend.backup = (args, onProgress) => {
        const job = backup(args, onProgress);
        const result = job.result.then((answer) => ({ ...answer, problems: Array.from({ length: 201 }, () => answer.problems[0]!) }));
        return { ...job, result };
      };
    });
    const user = userEvent.setup();
    await user.click(button('Back Up Now'));
    const more = await main().findByRole('button', { name: 'and 191 more' }, { timeout: 5000 });
    await user.click(more);
    expect(within(main().getByRole('list', { name: '201 problems' })).getAllByRole('listitem')).toHaveLength(201);
  });

  test('failed: what happened, what still works, and what to do', async () => {
    await open('error', 'overview', 2000);
    await userEvent.setup().click(button('Back Up Now'));
    await vi.waitFor(() => expect(main().getByText('The backup failed')).toBeInTheDocument(), 5000);
    expect(main().getByText(/There is no room left/)).toBeInTheDocument();
    expect(main().getByText(/the earlier ones are as they were/)).toBeInTheDocument();
    await sound();
  });

  test('while it is copied the steps before stay ticked, and page, rail and title say one thing', async () => {
    let tell: OnProgress = () => undefined;
    const { app } = await open('calm', 'overview', 1, (backend) => {
      backend.backup = (_, onProgress) => {
        if (onProgress) tell = onProgress;
        return { id: 'x', result: new Promise(() => undefined), cancel: async () => undefined };
      };
    });
    void app.backup.start();
    const progress = { phase: 'copying' as const, files_done: 3, files_total: 5, bytes_done: 149, bytes_total: 276, bytes_per_second: 30, seconds_left: 5, current: 'x → home-nas' };
    tell(progress);
    await settled();
    const steps = main().getAllByRole('listitem').filter((row) => /, (done|now|to do)$|, done|, now/.test(row.textContent ?? ''));
    expect(steps.filter((row) => row.className.includes('done'))).toHaveLength(app.backup.phases.length);
    expect(main().getByText('Copying and reading back', { selector: 'li span' })).toBeInTheDocument();
    expect(main().getByText('53%')).toBeInTheDocument();
    expect(document.querySelector('.rail .foot')).toHaveTextContent('Copying 53%, 5 s left');
    expect(document.title).toContain('Copying 53%');
  });

  test('a failure is over when what it failed for is', async () => {
    let gone = true;
    const { app, backend } = await open('calm', 'overview', 1, (backend) => {
      const { overview } = backend;
      const missing = failure('root-missing', '/srv/chatbot', 'No such file', '/srv/chatbot is not there.', 'Bring it back.');
      backend.backup = () => ({ id: 'x', result: Promise.reject(missing), cancel: async () => undefined });
      backend.overview = async (args) => ({
        ...(await overview(args)),
        matters: gone ? [{ id: 'root-missing', state: 'attention', said: missing.failure, text: '', about: 'chatbot' as const, act: null, also: null }] : [],
      });
    });
    await app.backup.start();
    await settled();
    // Once, among what needs the person.
    expect(main().getByText('/srv/chatbot is not there.')).toBeInTheDocument();
    expect(main().queryByText('The backup failed')).toBeNull();
    gone = false;
    backend.world.tell({ event: 'drives-changed' });
    await vi.waitFor(() => expect(main().queryByText('/srv/chatbot is not there.')).toBeNull());
    expect(main().queryByText('The backup failed')).toBeNull();
  });

  test('one that runs already is joined', async () => {
    await open('working');
    await vi.waitFor(() => expect(main().getByText(/You asked for this backup at 13:50/)).toBeInTheDocument());
    const text = screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('of 4.20 GB');
    expect(text).toContain('everything stays restorable as of 13:45');
    expect(main().getByText('writing')).toBeInTheDocument();
    expect(main().getByText('next')).toBeInTheDocument();
  });

  test('it goes on while its place is not shown', async () => {
    const { app } = await open('calm', 'overview', 2000);
    void app.backup.start();
    app.router.go('nowhere');
    await settled();
    await vi.waitFor(() => expect(app.backup.task.state).toBe('done'), 5000);
    app.router.go('overview');
    await vi.waitFor(() => expect(main().getByText('Backup done')).toBeInTheDocument());
  });

  test('one key begins it from anywhere', async () => {
    const { app } = await open('calm');
    await userEvent.setup().keyboard('{Control>}b{/Control}');
    expect(app.backup.running).toBe(true);
  });
});
