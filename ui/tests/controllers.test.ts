import { describe, expect, test, vi } from 'vitest';
import { App } from '../src/lib/app.svelte';
import { type Job } from '../src/lib/backend/backend';
import { failure, type FakeBackend, fakeBackend, STORY_NOW, type Story } from '../src/lib/backend/fake';
import { NO_KEYS } from '../src/lib/backend/types';
import { Clock } from '../src/lib/clock.svelte';
import { Asked } from '../src/lib/controllers/asked.svelte';
import { LongTask, percentOf } from '../src/lib/controllers/task.svelte';

function made(story: Story, pace = 2000): App {
  const clock = new Clock(STORY_NOW[story]);
  return new App(fakeBackend({ story, clock, pace }), clock);
}

function held<Answer>(): { job: Job<Answer>; done: (answer: Answer) => void; fail: (thrown: unknown) => void } {
  let done: (answer: Answer) => void = () => undefined;
  let fail: (thrown: unknown) => void = () => undefined;
  const result = new Promise<Answer>((resolve, reject) => ([done, fail] = [resolve, reject]));
  return { job: { id: 'x', result, cancel: vi.fn(async () => undefined) }, done, fail };
}

const wanted = { archive: 'latest', paths: [], except: [], files: 1594, bytes: 4.2e9 };

describe('a long task', () => {
  test('is cancelled once, and says so until it stopped', async () => {
    const task = new LongTask<number>(new Clock());
    const { job, fail } = held<number>();
    const ran = task.run(() => job);
    await task.cancel();
    await task.cancel();
    expect(job.cancel).toHaveBeenCalledOnce();
    expect(task.state).toBe('cancelling');
    expect(task.busy).toBe(true);
    fail(failure('cancelled', 'x', 'x', 'x', 'x'));
    expect(await ran).toBeNull();
    expect(task.state).toBe('cancelled');
  });

  test('that was overtaken does not speak any more', async () => {
    const task = new LongTask<number>(new Clock());
    const [first, second] = [held<number>(), held<number>()];
    const slow = task.run(() => first.job);
    const quick = task.run(() => second.job);
    second.done(2);
    await quick;
    first.done(1);
    await slow;
    expect(task.answer).toBe(2);
  });

  test('that cannot even begin has failed', async () => {
    const task = new LongTask<number>(new Clock());
    await task.run(() => {
      throw failure('bad-request', 'plan', 'gone', 'The plan is gone.', 'Look again.');
    });
    expect(task.state).toBe('failed');
    expect(task.failure?.title).toBe('The plan is gone.');
  });

  test('knows how far it is only where there is a total', () => {
    const moment = { phase: 'scanning' as const, files_done: 5, files_total: 0, bytes_done: 0, bytes_total: 0, bytes_per_second: null, seconds_left: null, current: null };
    expect(percentOf(null)).toBeNull();
    expect(percentOf(moment)).toBeNull();
    expect(percentOf({ ...moment, files_total: 10 })).toBe(50);
    expect(percentOf({ ...moment, bytes_done: 9, bytes_total: 10 })).toBe(90);
  });
});

describe('what is asked', () => {
  test('an older answer does not replace a newer one', async () => {
    const answers: ((value: number) => void)[] = [];
    const asked = new Asked(() => new Promise<number>((resolve) => answers.push(resolve)));
    const [old, fresh] = [asked.load(), asked.load()];
    answers[1]?.(2);
    await fresh;
    answers[0]?.(1);
    await old;
    expect(asked.answer).toBe(2);
  });
});

describe('the app', () => {
  test('has one state word', async () => {
    for (const [story, state] of [['calm', 'protected'], ['attention', 'attention'], ['risk', 'at-risk'], ['empty', 'empty'], ['error', 'unknown']] as const) {
      const app = made(story);
      expect(app.state).toBe('looking');
      await app.status.load();
      expect(app.state, story).toBe(state);
    }
  });

  test('a backup that is begun by the schedule shows by itself', async () => {
    const app = made('calm', 1);
    const end = app.start();
    await app.status.load();
    app.backend.backup({ deployment: null, level: null, manual: false, read_back: true, allow_empty: false, envelope: 'age', keys: NO_KEYS });
    await vi.waitFor(() => expect(app.state).toBe('working'));
    await app.backup.cancel();
    await vi.waitFor(() => expect(app.backup.task.state).toBe('cancelled'));
    end();
  });

  test('a restore is looked at, done and undone', async () => {
    const app = made('calm');
    app.restore.want(wanted);
    await app.restore.plan(null);
    expect(app.restore.preview?.deleted.files).toBe(10);
    const done = app.restore.start();
    expect(app.state).toBe('recovering');
    await done;
    expect(app.restore.run.answer?.outcome).toBe('done');
    await app.restore.undoPlan.load();
    await app.restore.undo();
    expect(app.restore.undoing.answer?.outcome).toBe('done');
  });

  test('a plan that is left is let go', async () => {
    const app = made('calm');
    const drop = vi.spyOn(app.backend, 'drop_plan');
    app.restore.want(wanted);
    await app.restore.plan(null);
    await app.restore.drop();
    expect(drop).toHaveBeenCalledOnce();
    expect(app.restore.preview).toBeNull();
  });

  test('settings are checked while they are typed', async () => {
    const app = made('calm');
    await app.settings.load();
    expect(app.settings.changed).toBe(false);
    app.settings.draft!.schedule.daily_at = '25:00';
    await app.settings.look();
    expect(app.settings.changed).toBe(true);
    expect(app.settings.problem('schedule.daily_at')?.title).toBe('That is no time of day.');
    app.settings.draft!.schedule.daily_at = '03:00';
    expect(await app.settings.save()).toBe(true);
    expect(app.settings.saved.answer?.settings.schedule.daily_at).toBe('03:00');
    expect(app.settings.changed).toBe(false);
  });

  test('the first run: found, looked at, made, and the kit proven', async () => {
    const app = made('empty');
    await app.status.load();
    app.setup.begin();
    await vi.waitFor(() => expect(app.setup.preview?.preset).toBe('open-webui'), 5000);
    await app.setup.keepAt('/home/mara/Backups');
    expect(app.setup.preview?.place?.same_disk).toBe(true);
    app.setup.passphrase.first = 'short';
    await app.setup.make();
    expect(app.setup.failure?.title).toBe('The passphrase is too short.');
    expect(app.setup.passphrase.first).toBe('short');
    app.setup.passphrase.first = 'lantern-granite-otter-tide';
    await app.setup.make();
    expect(app.setup.answer?.passphrase_strength).toBe('strong');
    expect(app.setup.passphrase.first).toBe('');
    app.setup.typed = { 7: 'K8WQM' };
    await app.setup.prove();
    expect(app.setup.failure?.code).toBe('mistyped');
    app.setup.typed = { 7: 'G7AAA' };
    await app.setup.prove();
    expect(app.setup.proven).toBe(true);
  });

  test('of two looks the later one counts, and the plan of the first is let go', async () => {
    const app = made('empty');
    app.setup.draft.roots = [{ path: '/srv/chatbot', on: true }];
    const first = app.setup.keepAt('/home/mara/Backups');
    const second = app.setup.keepAt('/run/media/mara/STICK');
    await Promise.all([first, second]);
    expect(app.setup.preview?.place?.name).toBe('STICK');
    expect((app.backend as FakeBackend).world.plans.size).toBe(1);
    await app.setup.end();
    expect((app.backend as FakeBackend).world.plans.size).toBe(0);
  });

  test('recovery from a drive: found, opened, looked at, done', async () => {
    const app = made('empty');
    await app.recover.find('/run/media/mara/HARBOUR', 'Harbour Blue');
    await app.recover.open({ ...NO_KEYS, passphrase: 'wrong' });
    expect(app.recover.opening.failure?.code).toBe('wrong-passphrase');
    expect(app.recover.tries).toBe(1);
    await app.recover.open({ ...NO_KEYS, passphrase: 'lantern' });
    expect(app.recover.moments.length).toBeGreaterThan(10);
    expect(await app.recover.plan()).toBe(true);
    expect((await app.recover.start())?.protected?.archives).toBe(45);
    expect(app.status.empty).toBe(false);
  });

  test('a recovery that is left closes what it opened', async () => {
    const app = made('empty');
    await app.recover.find('/run/media/mara/HARBOUR', 'Harbour Blue');
    const opening = app.recover.open({ ...NO_KEYS, passphrase: 'lantern' });
    await app.recover.leave();
    expect(await opening).toBe(false);
    await vi.waitFor(() => expect((app.backend as FakeBackend).world.plans.size).toBe(0));
    expect(app.recover.opened).toBeNull();
  });
});
