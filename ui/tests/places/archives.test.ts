import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, PASSPHRASE, type Story } from '../../src/lib/backend/fake';
import { open, settled, sound } from '../open';
import { soon, unseenToo } from '../soon';

unseenToo();

vi.setConfig({ testTimeout: 90_000 });

const FAST = 400;
const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
/** By what it says: asking for names of roles takes long among so many. */
function row(said: RegExp): HTMLElement {
  const rows = [...document.querySelectorAll<HTMLElement>('[role=treeitem]')];
  const found = rows.find((one) => said.test(one.textContent?.replace(/\s+/g, ' ').trim() ?? ''));
  if (!found) throw new Error(`no row says ${said}`);
  return found;
}
const checked = (name: RegExp) => row(name).getAttribute('aria-checked');
const dialog = () => within(screen.getByRole('dialog'));

/** The archive of this local time. */
function nameOf(at: Date, label: string): string {
  return `chatbot_${at.toISOString().slice(0, 19).replaceAll(':', '')}Z_${label}`;
}
const SUNDAY = nameOf(new Date(2026, 10, 15, 2), 'full');
const BROKEN = nameOf(new Date(2026, 10, 8, 2), 'full');

async function openSunday(story: Story = 'calm', pace = FAST, change?: Parameters<typeof open>[3]) {
  const opened = await open(story, `archives/${SUNDAY}`, pace, change);
  await soon(() => expect(main().getByRole('tree')).toBeInTheDocument());
  await soon(() => expect(row(/^agents/)).toBeInTheDocument());
  return { ...opened, user: userEvent.setup() };
}

/** With `compare with now` on, and the folder of the agents open. */
async function compared(pace = FAST) {
  const opened = await openSunday('calm', pace);
  await opened.user.click(main().getByRole('switch', { name: 'Compare with' }));
  await soon(() => expect(row(/^agents 3 changed/)).toBeInTheDocument());
  await opened.user.click(row(/^agents/));
  await soon(() => expect(row(/^night-watch/)).toBeInTheDocument());
  return opened;
}

describe('Archives', () => {
  // The others look the same here.
  test.each(['calm', 'attention', 'risk', 'error', 'damaged'] as const)('%s: axe finds nothing grave', async (story) => {
    await open(story, 'archives');
    await settled();
    await sound();
  });

  test('says beside the button which moment it would bring back', async () => {
    await openSunday();
    const foot = button('Preview restore of all').closest('footer');
    expect(foot).toHaveTextContent(/^Sun 15 Nov, 02:00 Pick what is to come back/);
  });

  test('says what there is to go back to, by day, with what each is and where it lies', async () => {
    await open('calm', 'archives');
    expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What can I go back to?');
    expect(main().getByText('49 moments since 1 December 2025')).toBeInTheDocument();
    const list = within(main().getByRole('region', { name: 'Archives by day' }));
    expect(list.getByRole('heading', { name: 'Today Sat 21 Nov' })).toBeInTheDocument();
    expect(list.getByRole('heading', { name: 'Yesterday Fri 20 Nov' })).toBeInTheDocument();
    expect(list.getByRole('link', { name: /^11:32 Manual verified, pinned 2.9 GB on this computer$/ })).toBeInTheDocument();
    expect(list.getAllByRole('link', { name: /2.9 GB on this computer, Harbour Blue, home-nas$/ }).length).toBeGreaterThan(2);
  });

  test('runs of hourly ones are folded, and open where they stand', async () => {
    await open('calm', 'archives');
    const hourly = () => main().getAllByRole('link', { name: /Hourly/ }).length;
    expect(hourly()).toBe(3);
    await userEvent.setup().click(button('15 more hourly, 08:00 to 11:30'));
    expect(hourly()).toBe(18);
    expect(document.activeElement).toHaveTextContent('11:30');
  });

  test('the arrows go along the list, Tab stops at it once', async () => {
    await open('calm', 'archives');
    const user = userEvent.setup();
    main().getByRole('link', { name: /^13:45/ }).focus();
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement).toHaveTextContent('13:15');
    await user.keyboard('{End}');
    expect(document.activeElement).toHaveTextContent('02:00 Full');
    expect(main().getAllByRole('link').filter((link) => link.tabIndex === 0 && link.dataset['row'])).toHaveLength(1);
  });

  test('goes to the newest before a moment, as a person says it', async () => {
    const { app } = await open('calm', 'archives');
    const user = userEvent.setup();
    const field = main().getByLabelText('Go to a moment');
    await user.type(field, 'yesterday 14:30{Enter}');
    await soon(() => expect(main().getByRole('heading', { level: 2, name: 'Friday 20 November, 02:00' })).toBeInTheDocument());
    expect(app.announcer.said).toContain('Friday 20 November, 02:00 is the newest before that');
    await user.clear(field);
    await user.type(field, 'the day before{Enter}');
    expect(main().getByText(/Type a day or a time/)).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, '1 Jan 2020{Enter}');
    expect(main().getByText(/The oldest is of Mon 1 Dec 2025/)).toBeInTheDocument();
  });

  test('nothing yet: what will be here, and the first step', async () => {
    await open('risk', 'archives');
    expect(main().getByText('Nothing yet')).toBeInTheDocument();
    expect(button('Back Up Now')).toHaveClass('primary');
  });

  test('error: what happened, and a way on', async () => {
    const user = userEvent.setup();
    await open('error', 'archives');
    expect(within(main().getByRole('alert')).getByText('The catalog of archives cannot be read.')).toBeInTheDocument();
    await user.click(button('Build the catalog again'));
    await soon(() => expect(main().getByRole('progressbar', { name: 'Building the catalog again' })).toBeInTheDocument());
  });

  test('one that is gone is said to be gone', async () => {
    await open('calm', 'archives/chatbot_2020-01-01T000000Z_full');
    expect(main().getByText('This archive is no longer in the list')).toBeInTheDocument();
    await sound();
  });
});

describe('The files of an archive', () => {
  test('by keyboard: open, pick, part, preview, and on to the restore', async () => {
    const { app, user } = await compared();
    const tree = main().getByRole('tree', { name: 'Files in the archive' });
    tree.focus();
    await user.keyboard('{Home}');
    const active = () => document.getElementById(tree.getAttribute('aria-activedescendant') ?? '');
    expect(active()).toHaveTextContent('data');
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}');
    expect(active()).toHaveTextContent('harbour-guide.md');
    await user.keyboard(' ');
    expect(checked(/^harbour-guide/)).toBe('true');
    expect(checked(/^agents/)).toBe('mixed');
    expect(checked(/^data/)).toBe('mixed');
    await user.keyboard('{Enter}');
    await soon(() => expect(main().getByRole('complementary', { name: 'Preview' })).toHaveTextContent('2 lines differ'));
    expect(main().getByText('Guests lie at pontoon B, 3 to 9.')).toBeInTheDocument();
    await sound();
    await user.keyboard('{Escape}');
    expect(main().queryByRole('complementary', { name: 'Preview' })).toBeNull();
    await user.keyboard('{ArrowLeft}');
    expect(active()).toHaveTextContent('agents');
    await user.keyboard('{ArrowLeft}');
    expect(() => row(/^night-watch/)).toThrow();
    expect(main().getByText('1 file selected, 4.2 kB')).toBeInTheDocument();
    await user.click(button('Preview restore'));
    expect(app.restore.wanted).toMatchObject({ archive: SUNDAY, paths: ['data/agents/harbour-guide.md'], except: [], files: 1 });
  });

  test('marks what changed, is gone and is the same; what is only there now cannot be picked', async () => {
    const { user } = await compared();
    expect(row(/^harbour-guide.md changed/)).toBeInTheDocument();
    expect(row(/^night-watch.md gone now/)).toBeInTheDocument();
    expect(row(/^archivist.md same/)).toBeInTheDocument();
    await user.click(button('Differing'));
    await soon(() => expect(main().getByText('23 changed, 5 gone, 10 new')).toBeInTheDocument());
    expect(row(/tide-tables-2027-01.pdf new since/)).not.toHaveAttribute('aria-checked');
    await user.click(button('Select the changed and gone'));
    expect(main().getByText(/^28 files selected/)).toBeInTheDocument();
    await sound();
    await user.selectOptions(main().getByRole('combobox', { name: 'What it is compared with' }), nameOf(new Date(2026, 10, 8, 2), 'full'));
    await soon(() => expect(main().getAllByText('not in that one').length).toBeGreaterThan(0));
  });

  test('a folder without one of its files: both lists go to the engine', async () => {
    const { app, user } = await compared();
    const box = (name: RegExp) => row(name).querySelector('.box') as HTMLElement;
    await user.click(box(/^agents/));
    await user.click(box(/^tools.json/));
    expect(checked(/^agents/)).toBe('mixed');
    expect(main().getByText('3 files selected, 13.1 kB')).toBeInTheDocument();
    await user.click(button('Preview restore'));
    expect(app.restore.wanted).toMatchObject({ paths: ['data/agents'], except: ['data/agents/tools.json'], files: 3 });
  });

  test('search finds in the whole archive, Escape clears it', async () => {
    const { user } = await openSunday();
    await user.keyboard('/');
    const field = main().getByLabelText('Search in this archive');
    expect(field).toHaveFocus();
    await user.type(field, 'harbour-guide');
    await soon(() => expect(main().getByText('1 file found')).toBeInTheDocument());
    await sound();
    await user.clear(field);
    await user.type(field, 'no such file');
    await soon(() => expect(main().getByText('No file has that in its path.')).toBeInTheDocument());
    await user.keyboard('{Escape}');
    await soon(() => expect(row(/^agents/)).toBeInTheDocument());
  });

  test('search and comparison together: marks stay, and Differing holds among what is found', async () => {
    const { user } = await compared();
    const field = main().getByLabelText('Search in this archive');
    await user.type(field, 'agents');
    await soon(() => expect(row(/harbour-guide.md changed/)).toBeInTheDocument());
    expect(row(/archivist.md same/)).toBeInTheDocument();
    // The folders of a path give way, never the file's name.
    expect(row(/harbour-guide.md/).querySelector('.base')).toHaveTextContent('/harbour-guide.md');
    await user.click(button('Differing'));
    await soon(() => expect(main().getByText(/found that differ/)).toBeInTheDocument());
    expect(row(/harbour-guide.md changed/)).toBeInTheDocument();
    expect(() => row(/archivist.md/)).toThrow();
    await sound();
  });

  test('come for all of the newest: nothing of the last look stays', async () => {
    const { app, user } = await compared();
    await user.type(main().getByLabelText('Search in this archive'), 'agents');
    app.router.go('archives', 'latest', 'restore');
    const newest = app.archives.latest?.name ?? '';
    await soon(() => expect(app.router.path).toEqual([newest, 'restore']));
    expect(app.restore.wanted).toMatchObject({ archive: newest, paths: [], except: [] });
    app.router.go('archives', 'latest');
    await soon(() => expect(app.archives.opened?.name).toBe(newest));
    expect(app.archives.opened).toMatchObject({ query: '', compare: null, view: 'tree' });
    expect(app.archives.opened?.selection.empty).toBe(true);
  });

  test('the newest of all is the one that the api offers', async () => {
    const captured = { matters: true, word: 'damaged database', said: 'The database is damaged in it.', problems: 1 };
    const { app } = await openSunday('calm', FAST, (backend) => {
      const { archives } = backend;
      backend.archives = async (args) => {
        const answer = await archives(args);
        const [newest, ...older] = answer.archives;
        return { ...answer, offered: older[1]?.name ?? null, archives: newest ? [{ ...newest, captured }, ...older] : [] };
      };
    });
    const [damaged, ...older] = app.archives.archives;
    expect(damaged?.captured?.matters).toBe(true);
    expect(app.archives.latest?.name).toBe(older[1]?.name);
  });

  test('300,000 files: only what is on screen is asked for and drawn', async () => {
    const { backend } = await openSunday('huge');
    const browse = vi.spyOn(backend, 'browse');
    await userEvent.setup().click(row(/^uploads/));
    await soon(() => expect(main().getAllByRole('treeitem').length).toBeGreaterThan(10));
    await soon(() => expect(Number(row(/-0001\./).getAttribute('aria-setsize'))).toBeGreaterThan(290_000));
    expect(main().getAllByRole('treeitem').length).toBeLessThan(80);
    expect(browse.mock.calls.length).toBeLessThanOrEqual(2);
    await sound(main().getByRole('tree'));
  });

  test('a folder that cannot be listed says so, and is asked again', async () => {
    let broken = true;
    const { user } = await openSunday('calm', FAST, (backend) => {
      const { browse } = backend;
      backend.browse = (args) =>
        broken && args.path.endsWith('agents') ? Promise.reject(failure('input-output', args.path, 'read error', 'It could not be read.', 'Again.')) : browse(args);
    });
    await user.click(row(/^agents/));
    await soon(() => expect(row(/could not be listed/)).toBeInTheDocument());
    broken = false;
    await user.click(row(/could not be listed/));
    await soon(() => expect(row(/^archivist/)).toBeInTheDocument());
  });

  test('secrets are covered, and what is not text is not shown', async () => {
    const { user } = await openSunday();
    await user.click(row(/^env/));
    await soon(() => expect(main().getByText('Secrets are covered.')).toBeInTheDocument());
    expect(main().getByText('OPENAI_API_KEY=••••••••')).toBeInTheDocument();
    await user.click(row(/^webui.db/));
    await soon(() => expect(main().getByText(/This is not text/)).toBeInTheDocument());
  });

  test('without a keyring the text asks for the passphrase, once it is wanted', async () => {
    const { user } = await openSunday('locked');
    await user.click(row(/^env/));
    await soon(() => expect(main().getByText('The passphrase is needed to read it')).toBeInTheDocument());
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.click(button('Give the passphrase…'));
    await user.type(dialog().getByLabelText('Passphrase'), `${PASSPHRASE}{Enter}`);
    await soon(() => expect(main().getByText('OPENAI_API_KEY=••••••••')).toBeInTheDocument());
  });
});

describe('What is done with an archive', () => {
  test('pin and unpin', async () => {
    const { user } = await openSunday();
    await user.click(button('Unpin'));
    await soon(() => expect(button('Pin')).toBeInTheDocument());
  });

  test('verify: progress, and what was found', async () => {
    const { user } = await openSunday('calm', 200);
    await user.click(button('Verify'));
    await soon(() => expect(main().getByRole('progressbar', { name: 'Verify' })).toBeInTheDocument());
    await soon(() => expect(main().getByText('Everything in it is as it was written.')).toBeInTheDocument());
    await sound();
  });

  test('verify cancelled', async () => {
    const { user } = await openSunday('calm', 1);
    await user.click(button('Verify'));
    await user.click(await main().findByRole('button', { name: 'Cancel' }));
    await soon(() => expect(main().getByText(/The check was cancelled/)).toBeInTheDocument());
  });

  test('damaged: what is damaged, what still works, what to do', async () => {
    await open('damaged', `archives/${BROKEN}`, FAST);
    const note = within(main().getByRole('note'));
    expect(note.getByText('This archive is damaged')).toBeInTheDocument();
    expect(note.getByText(/neither can the 2 archives that need it. 46 other archives can./)).toBeInTheDocument();
    expect(note.getByRole('button', { name: 'Open Sun 1 Nov, 02:00 instead' })).toBeInTheDocument();
    expect(button('Preview restore of all')).toBeDisabled();
    const user = userEvent.setup();
    await user.click(note.getByRole('button', { name: 'Bring out what is undamaged…' }));
    await sound();
    await user.click(dialog().getByRole('button', { name: 'Choose the folder…' }));
    await soon(() => expect(dialog().getByText('2 files could not be read:')).toBeInTheDocument());
    await sound();
  });

  test('a damaged copy that has a good one is no alarm', async () => {
    await open('attention', `archives/${SUNDAY}`);
    expect(within(main().getByRole('note')).getByText(/restored from its good copy on Harbour Blue, home-nas/)).toBeInTheDocument();
  });

  test('export: a drive, what it takes, progress, and where it is', async () => {
    const { user } = await openSunday('calm', 1000);
    await user.click(button('Export to USB…'));
    await sound();
    const start = () => dialog().getByRole('button', { name: 'Export' });
    expect(start()).toBeDisabled();
    await user.click(await dialog().findByRole('radio', { name: /STICK/ }));
    await soon(() => expect(start()).toBeEnabled());
    expect(dialog().getByText(/Takes about 3.0 GB of 61.0 GB free/)).toBeInTheDocument();
    await user.click(start());
    await soon(() => expect(dialog().getByText('The export is done and read back')).toBeInTheDocument());
    await sound();
  });

  test('delete: what goes with it, a typed name, and then it is gone', async () => {
    const { backend, user } = await openSunday('calm', 1000);
    const before = backend.world.archives.length;
    button(/^More: look over/).focus();
    await user.keyboard('{Enter}');
    // Its first item takes the focus, the last is the one.
    await soon(() => expect(document.activeElement).toHaveTextContent('Look it over'));
    await user.keyboard('{End}{Enter}');
    await soon(() => expect(dialog().getByText(/later archives need it and go with it/)).toBeInTheDocument());
    await sound();
    const act = dialog().getByRole('button', { name: /^Delete \d+ archives$/ });
    expect(act).toBeDisabled();
    await user.type(dialog().getByRole('textbox'), 'chatbot{Enter}');
    await soon(() => expect(dialog().getByText(/archives are deleted/)).toBeInTheDocument());
    expect(backend.world.archives.length).toBeLessThan(before);
    await user.click(dialog().getByRole('button', { name: 'Close' }));
    await soon(() => expect(main().queryByText('Sunday 15 November, 02:00')).toBeNull());
  });
});
