import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { failure, PASSPHRASE, type Story } from '../../src/lib/backend/fake';
import { RUNNING } from '../../src/lib/backend/fake/restore';
import { open, settled, sound } from '../open';
import { soon, unseenToo } from '../soon';

unseenToo();

vi.setConfig({ testTimeout: 90_000 });

const main = () => within(screen.getByRole('main'));
const button = (name: string | RegExp) => main().getByRole('button', { name });
const SUNDAY = `chatbot_${new Date(2026, 10, 15, 2).toISOString().slice(0, 19).replaceAll(':', '')}Z_full`;
const text = () => screen.getByRole('main').textContent?.replace(/\s+/g, ' ') ?? '';

async function preview(story: Story = 'calm', pace = 400, change?: Parameters<typeof open>[3]) {
  const opened = await open(story, `archives/${SUNDAY}/restore`, pace, change);
  return { ...opened, user: userEvent.setup() };
}

async function seen(): Promise<void> {
  await soon(() => expect(main().getByText(/28 files come back, 10 are deleted/)).toBeInTheDocument());
}

async function restored(pace = 2000) {
  const opened = await preview('calm', pace);
  await seen();
  await opened.user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
  await soon(() => expect(main().getByText(/28 files are back, 10 deleted/)).toBeInTheDocument());
  // The crumb says where one is, and asks nothing any more.
  expect(main().getByRole('heading', { level: 1 })).toHaveTextContent('What the restore did');
  return opened;
}

describe('Restore', () => {
  test('shows what would change, item by item, what it needs and in which order', async () => {
    await preview();
    await seen();
    for (const said of ['Nothing has been touched yet.', 'Created 5', 'Replaced 23', 'Deleted 10', 'Kept 1,578', '36 identical, 1,542 not among what comes back', 'Archive the present state', 'up to 32.0 MB', '200 GB free']) {
      expect(text()).toContain(said);
    }
    expect(main().getByRole('region', { name: 'Item by item' })).toHaveTextContent('data/webui.db-wal');
    await sound();
  });

  test('in place it needs the name, typed; all by keyboard', async () => {
    const { user, app } = await preview();
    await seen();
    const act = button('Restore 28 files, delete 10');
    expect(act).toBeDisabled();
    const field = main().getByLabelText(/Type chatbot/);
    for (let step = 0; document.activeElement !== field && step < 40; step += 1) await user.tab();
    expect(field).toHaveFocus();
    await user.keyboard('chatbo');
    expect(act).toBeDisabled();
    await user.keyboard('t{Enter}');
    expect(app.restore.run.busy).toBe(true);
  });

  test('into a folder a plain button is enough, and nothing is deleted', async () => {
    const { user } = await preview('calm', 2000);
    await seen();
    await user.click(main().getByRole('radio', { name: /Into a new folder/ }));
    await soon(() => expect(main().getByText('1,594 files come back')).toBeInTheDocument());
    expect(main().queryByLabelText(/Type chatbot/)).toBeNull();
    expect(text()).not.toContain('Deleted');
    await sound();
    await user.click(button('Restore 1,594 files'));
    await soon(() => expect(main().getByText('1,594 files are back')).toBeInTheDocument());
    expect(button('Show the folder')).toBeInTheDocument();
    expect(main().queryByRole('button', { name: 'Undo it…' })).toBeNull();
    await sound();
  });

  test('what was looked at is let go of when somebody leaves', async () => {
    const { app, backend } = await preview();
    await seen();
    expect(backend.world.plans.size).toBe(1);
    app.router.go('overview');
    await soon(() => expect(backend.world.plans.size).toBe(0));
  });

  test('what is still being looked at too', async () => {
    const { app, backend } = await preview('calm', 3);
    app.router.go('overview');
    await new Promise((done) => setTimeout(done, 600));
    expect(backend.world.plans.size).toBe(0);
  });

  test('another target is another plan, and the first is let go of', async () => {
    const { user, backend } = await preview();
    await seen();
    await user.click(main().getByRole('radio', { name: /Into a new folder/ }));
    await soon(() => expect(main().getByText('1,594 files come back')).toBeInTheDocument());
    expect(backend.world.plans.size).toBe(1);
  });

  test('no room: says how much is missing, and does not begin', async () => {
    const { user } = await preview('calm', 400, (backend) => {
      const { plan_restore } = backend;
      backend.plan_restore = (args, onProgress) => {
        const job = plan_restore(args, onProgress);
        return { ...job, result: job.result.then((planned) => ({ ...planned, preview: { ...planned.preview, free_bytes: 1e9 } })) };
      };
    });
    await seen();
    expect(main().getByText('250 MB are missing')).toBeInTheDocument();
    expect(main().getByLabelText(/Type chatbot/)).toHaveAccessibleDescription('There is too little room on that disk.');
    expect(main().getByRole('button', { name: /^Restore / })).toBeDisabled();
    await user.tab();
    await sound();
  });

  test('runs with progress, goes on while another place is shown, and is cancelled', async () => {
    const { user, app } = await preview('calm', 20);
    await seen();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByRole('progressbar', { name: 'Restoring' })).toBeInTheDocument());
    await sound();
    app.router.go('overview');
    await settled();
    expect(app.restore.run.busy).toBe(true);
    app.router.go('archives');
    await soon(() => expect(main().getByText('A restore is running.')).toBeInTheDocument());
    await user.click(main().getByRole('link', { name: 'Show it' }));
    await user.click(await main().findByRole('button', { name: 'Cancel restore' }));
    await soon(() => expect(main().getByText('The restore was cancelled')).toBeInTheDocument());
    expect(main().getByText('Nothing was changed.')).toBeInTheDocument();
    await sound();
  });

  test('failed: what happened, and that all is as it was', async () => {
    const { user } = await preview('calm', 2000, (backend) => {
      backend.restore = () => ({
        id: 'x',
        result: Promise.reject(failure('input-output', '/srv/chatbot', 'EIO', '/srv/chatbot cannot be written to.', 'Look at the disk.')),
        cancel: () => Promise.resolve(),
      });
    });
    await seen();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText('The restore did not come through')).toBeInTheDocument());
    expect(main().getByText('/srv/chatbot cannot be written to.')).toBeInTheDocument();
    expect(main().getByText('Everything is as it was before.')).toBeInTheDocument();
    await sound();
  });

  test('damaged: another moment is offered', async () => {
    const broken = `chatbot_${new Date(2026, 10, 8, 2).toISOString().slice(0, 19).replaceAll(':', '')}Z_full`;
    await open('damaged', `archives/${broken}/restore`, 400);
    await soon(() => expect(main().getByText('This cannot be restored')).toBeInTheDocument());
    await userEvent.setup().click(button('Take Sun 1 Nov, 02:00 instead'));
    await soon(() => expect(main().getByRole('heading', { level: 2, name: 'Sunday 1 November, 02:00' })).toBeInTheDocument());
  });
});

describe('The chatbot runs', () => {
  test('it is told of first, with how it is stopped, and holds the restore back until that is answered', async () => {
    const { user } = await preview('attention');
    await seen();
    const block = () => main().getByRole('region', { name: /The chatbot is still running/ });
    expect(block()).toHaveTextContent('open-webui (2214)');
    expect(block()).toHaveTextContent('Stop it with: systemctl --user stop open-webui.service');
    expect(block()).toHaveTextContent('has open: /srv/chatbot/webui.db');
    expect(block()).not.toHaveTextContent('They');
    await user.click(within(block()).getByRole('button', { name: 'Copy: systemctl --user stop open-webui.service' }));
    expect(await navigator.clipboard.readText()).toBe('systemctl --user stop open-webui.service');
    await sound();
    // The field takes letters, and beside it stands what is still in the way.
    const field = main().getByLabelText(/Type chatbot/);
    await user.type(field, 'chatbot{Enter}');
    expect(field).toHaveValue('chatbot');
    expect(field).toHaveAccessibleDescription('First stop the program above, or tick “Restore anyway”.');
    expect(main().queryByText(/files are back/)).toBeNull();
    await user.clear(field);
    await user.click(within(block()).getByRole('checkbox', { name: 'Restore anyway' }));
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText(/28 files are back, 10 deleted/)).toBeInTheDocument());
    expect(main().getByRole('region', { name: 'One program still writes into the state before' })).toHaveTextContent('open-webui (2214)');
    await sound();
  });

  test('once it is stopped, the result no longer says that it writes', async () => {
    const { user, app, backend } = await preview('attention', 2000);
    await seen();
    await user.click(main().getByRole('checkbox', { name: /Restore anyway/ }));
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    const said = () => main().queryByRole('region', { name: 'One program still writes into the state before' });
    await soon(() => expect(said()).not.toBeNull());
    const [state] = await backend.preserved({ deployment: null });
    backend.preserved = async () => [{ ...state!, in_use: [] }];
    await app.restore.preserved.load();
    await soon(() => expect(said()).toBeNull());
  });

  test('said to be stopped while it still runs, that is answered', async () => {
    const { user } = await preview('attention');
    await seen();
    const block = () => main().getByRole('region', { name: /The chatbot is still running/ });
    expect(within(block()).getByRole('status').textContent).toBe('');
    await user.click(button('I have stopped it'));
    await soon(() => expect(within(block()).getByRole('status')).toHaveTextContent('it still runs, open-webui (2214)'));
    await sound();
  });

  test('stopped, it is looked again, and nothing holds it back', async () => {
    let stopped = false;
    const { user } = await preview('attention', 400, (backend) => {
      const { plan_restore } = backend;
      backend.plan_restore = (args, onProgress) => {
        const job = plan_restore(args, onProgress);
        return { ...job, result: job.result.then((planned) => (stopped ? { ...planned, preview: { ...planned.preview, in_use: [] } } : planned)) };
      };
    });
    await seen();
    stopped = true;
    await user.click(button('I have stopped it'));
    await soon(() => expect(main().queryByRole('region', { name: /The chatbot is still running/ })).toBeNull());
    await seen();
    expect(main().getByLabelText(/Type chatbot/)).toBeEnabled();
  });
});

describe('Changed since the preview', () => {
  test('nothing is done, it is said, and what would change now is shown', async () => {
    let looks = 0;
    const { user, backend } = await preview('calm', 2000, (backend) => {
      const { plan_restore, restore } = backend;
      backend.plan_restore = (args, onProgress) => {
        looks += 1;
        return plan_restore(args, onProgress);
      };
      backend.restore = (args, onProgress) => {
        if (looks > 1) return restore(args, onProgress);
        backend.world.plans.clear();
        const said = failure('changed-since-preview', '/srv/chatbot', 'files in it were written since', '/srv/chatbot has changed since the preview.', 'Look again.');
        return { id: 'x', result: Promise.reject(said), cancel: () => Promise.resolve() };
      };
    });
    await seen();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText('Something changed since you looked, so nothing was done')).toBeInTheDocument());
    await seen();
    expect(looks).toBe(2);
    expect(backend.world.plans.size).toBe(1);
    await sound();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText(/28 files are back, 10 deleted/)).toBeInTheDocument());
  });
});

describe('While a preview is open, another program does something', () => {
  async function told(change: (preview: { created: { files: number } }) => void) {
    let looks = 0;
    const opened = await preview('calm', 400, (backend) => {
      const { plan_restore } = backend;
      backend.plan_restore = (args, onProgress) => {
        looks += 1;
        const job = plan_restore(args, onProgress);
        if (looks === 1) return job;
        return { ...job, result: job.result.then((planned) => (change(planned.preview), planned)) };
      };
    });
    await seen();
    await opened.user.type(main().getByLabelText(/Type chatbot/), 'chatbot');
    opened.backend.world.tell({ event: 'archives-changed', deployment: null });
    // What was looked at before is not to be pressed any more.
    await soon(() => expect(main().queryByLabelText(/Type chatbot/)).toBeNull());
    await seen();
    expect(looks).toBe(2);
    expect(opened.backend.world.plans.size).toBe(1);
    return opened;
  }

  test('it looks again, and says so where something else would change now', async () => {
    await told((preview) => (preview.created.files = 4));
    expect(main().getByText('Something changed since you looked, so nothing was done')).toBeInTheDocument();
    expect(main().getByLabelText(/Type chatbot/)).toHaveValue('');
    await sound();
  });

  test('it says nothing where the same would change', async () => {
    await told(() => undefined);
    expect(main().queryByText('Something changed since you looked, so nothing was done')).toBeNull();
  });
});

describe('Undo', () => {
  test('says where the state before is, and brings it back after a typed name', async () => {
    const { user } = await restored();
    expect(main().getByText('/srv/.holdfast-before-restore')).toBeInTheDocument();
    expect(main().getByText(/_emergency$/)).toBeInTheDocument();
    await sound();
    await user.click(button('Undo it…'));
    await soon(() => expect(main().getByText('The state before the restore comes back')).toBeInTheDocument());
    expect(main().getByText(/An archive of the present state is made first: up to/)).toBeInTheDocument();
    await sound();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText('The state before is back')).toBeInTheDocument());
    expect(main().getByText(/_emergency$/)).toBeInTheDocument();
    await sound();
    await user.click(button('Back to the archives'));
    await soon(() => expect(main().getByText('49 moments since 1 December 2025')).toBeInTheDocument());
    expect(main().queryByText('A restore can still be undone.')).toBeNull();
  });

  test('is offered later too, from the archives', async () => {
    const { user } = await restored();
    await user.click(button('Back to the archives'));
    await soon(() => expect(main().getByText('A restore can still be undone.')).toBeInTheDocument());
    await user.click(main().getByRole('link', { name: 'Show it' }));
    await soon(() => expect(button('Undo the restore')).toBeDisabled());
  });

  test('the state before is deleted, after a typed name; the button says so', async () => {
    const { user, backend } = await restored();
    await user.click(button('Delete the state before…'));
    const dialog = within(screen.getByRole('dialog'));
    await sound();
    await user.type(dialog.getByRole('textbox'), 'chatbot{Enter}');
    await soon(() => expect(dialog.getByText(/The state before is gone/)).toBeInTheDocument());
    expect(await backend.preserved({ deployment: null })).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Close' }));
    await soon(() => expect(main().queryByRole('button', { name: 'Undo it…' })).toBeNull());
  });

  test('what was written there since is lost only after a second consent', async () => {
    const { user, backend } = await restored();
    const [state] = await backend.preserved({ deployment: null });
    Object.assign(state ?? {}, { would_lose: true, written_files: 2, written_bytes: 541e3, written_path: 'data/webui.db', written_at: '2026-11-21T20:41:00Z', in_use: [RUNNING] });
    await user.click(button('Delete the state before…'));
    const dialog = within(screen.getByRole('dialog'));
    await soon(() => expect(dialog.getByText('A program still writes into it')).toBeInTheDocument());
    expect(dialog.getByText(/^2 files were written there since the restore \(541 kB in all\), data\/webui.db last/)).toBeInTheDocument();
    expect(dialog.getByText('open-webui (2214)')).toBeInTheDocument();
    expect(dialog.queryByRole('textbox')).toBeNull();
    await sound();
    await user.click(dialog.getByRole('button', { name: 'Delete it all the same…' }));
    expect(dialog.getByRole('button', { name: 'Delete it with what was written since' })).toBeDisabled();
    await user.type(dialog.getByRole('textbox'), 'chatbot{Enter}');
    await soon(() => expect(dialog.getByText(/The state before is gone/)).toBeInTheDocument());
  });

  test('of several states one goes at a time', async () => {
    const { user, app, backend } = await restored();
    await user.click(button('Back to the archives'));
    app.router.go('archives', SUNDAY, 'restore');
    await seen();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText(/28 files are back, 10 deleted/)).toBeInTheDocument());
    const [newest, older] = await backend.preserved({ deployment: null });
    await user.click(button('Undo it…'));
    await soon(() => expect(main().getByText('States before earlier restores')).toBeInTheDocument());
    await user.click(main().getAllByRole('button', { name: 'Delete the state before…' })[0] as HTMLElement);
    const dialog = within(screen.getByRole('dialog'));
    await user.type(await dialog.findByRole('textbox'), 'chatbot{Enter}');
    await soon(() => expect(dialog.getByText(/The state before is gone/)).toBeInTheDocument());
    expect((await backend.preserved({ deployment: null })).map(({ id }) => id)).toEqual([newest?.id]);
    expect(older).toBeDefined();
  });

  test('nothing to undo is said', async () => {
    await open('calm', 'archives/undo');
    await soon(() => expect(main().getAllByText('There is no restore to undo').length).toBeGreaterThan(0));
    await sound();
  });
});

describe('The key', () => {
  test('is asked for, masked; a wrong one is said calmly; the right one goes on', async () => {
    const { user, app } = await preview('locked');
    const field = () => within(screen.getByRole('dialog')).getByLabelText('Passphrase');
    await soon(() => expect(field()).toHaveFocus());
    expect(field()).toHaveAttribute('type', 'password');
    await sound();
    await user.type(field(), 'not it{Enter}');
    await soon(() => expect(screen.getByText(/That does not open it/)).toBeInTheDocument());
    expect(field()).toHaveValue('');
    await user.type(field(), `${PASSPHRASE}{Enter}`);
    await seen();
    expect(JSON.stringify([app.desk.wanted, app.restore.wanted])).not.toContain(PASSPHRASE);
  });

  test('who gives none gets no plan, and can look again', async () => {
    const { user } = await preview('locked');
    await soon(() => expect(screen.getByRole('dialog')).toBeInTheDocument());
    await user.keyboard('{Escape}');
    await soon(() => expect(main().getByText('The key is needed for this')).toBeInTheDocument());
    expect(main().queryByRole('alert')).toBeNull();
    await user.click(button('Give the passphrase…'));
    await soon(() => expect(screen.getByRole('dialog')).toBeInTheDocument());
  });
});

describe('Comparing with now', () => {
  test('looks again after a restore, and when the page is come back to', async () => {
    const { user, app, backend } = await open('calm', `archives/${SUNDAY}`, 2000).then((opened) => ({ ...opened, user: userEvent.setup() }));
    await soon(() => expect(app.archives.opened?.name).toBe(SUNDAY));
    app.archives.opened?.compareWith({ with: 'now' });
    await settled();
    const asked = vi.spyOn(backend, 'browse');
    const compared = () => asked.mock.calls.filter(([{ compare }]) => compare?.with === 'now').length;
    app.router.go('overview');
    await settled();
    expect(compared()).toBe(0);
    app.router.go('archives', SUNDAY);
    await soon(() => expect(compared()).toBeGreaterThan(0));
    asked.mockClear();
    app.router.go('archives', SUNDAY, 'restore');
    await seen();
    await user.type(main().getByLabelText(/Type chatbot/), 'chatbot{Enter}');
    await soon(() => expect(main().getByText(/28 files are back, 10 deleted/)).toBeInTheDocument());
    await user.click(button('Back to the archives'));
    await soon(() => expect(compared()).toBeGreaterThan(0));
  });
});
