import { describe, expect, test, vi } from 'vitest';
import { BackendError } from '../src/lib/backend/backend';
import { fakeBackend, STORY_NOW, type Story } from '../src/lib/backend/fake';
import { NO_KEYS, type Progress } from '../src/lib/backend/types';
import { Clock } from '../src/lib/clock.svelte';

const made = (story: Story, pace = 2000) => fakeBackend({ story, clock: new Clock(STORY_NOW[story]), pace });
const backup = { deployment: null, level: null, manual: true, read_back: true, allow_empty: false, envelope: 'age' as const, keys: NO_KEYS };

describe('the made-up deployment', () => {
  test('is the sample of the drawings', async () => {
    const { archives } = await made('calm').archives({ deployment: null });
    expect(archives).toHaveLength(49);
    expect(archives.map((one) => one.created)).toEqual([...archives.map((one) => one.created)].sort().reverse());
    expect(new Set(archives.map((one) => one.name)).size).toBe(49);
  });

  test('is browsed level by level, and a huge one by pages', async () => {
    const huge = made('huge');
    const archive = 'latest';
    const at = { deployment: null, archive: huge.world.archives[0]!.name, compare: null };
    expect((await huge.browse({ ...at, path: '', offset: 0, limit: 10 })).entries.map((entry) => entry.name)).toEqual(['data', 'env']);
    const began = performance.now();
    const page = await huge.browse({ ...at, archive, path: 'data/uploads', offset: 290_000, limit: 500 });
    expect(page.total).toBeGreaterThan(290_000);
    expect(page.entries).toHaveLength(500);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  test('a job tells its progress, ends, and leaves an archive', async () => {
    const backend = made('calm');
    const seen: Progress[] = [];
    const answer = await backend.backup(backup, (progress) => seen.push(progress)).result;
    expect(answer.outcome).toBe('done');
    expect(backend.world.archives[0]?.name).toBe(answer.archive);
    expect(await backend.jobs({})).toEqual([]);
  });

  test('a cancelled job fails as cancelled and leaves nothing', async () => {
    const backend = made('calm', 1);
    const before = backend.world.archives.length;
    const job = backend.backup(backup);
    expect(await backend.jobs({})).toHaveLength(1);
    await job.cancel();
    await expect(job.result).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(backend.world.archives).toHaveLength(before);
  });

  test('a plan is run once', async () => {
    const backend = made('calm');
    const args = { deployment: null, at: 'latest', components: [], paths: [], except: [], into: null, emergency: true, keys: NO_KEYS };
    const { plan, preview } = await backend.plan_restore(args).result;
    expect(preview.created.files).toBe(5);
    await backend.restore({ plan }).result;
    expect(() => backend.restore({ plan })).toThrow(BackendError);
    const undo = await backend.plan_undo({ deployment: null });
    expect((await backend.undo({ plan: undo.plan }).result).outcome).toBe('done');
  });

  test('tells what happens to whoever watches', async () => {
    const backend = made('calm');
    const heard = vi.fn();
    const end = backend.watch(heard);
    await backend.backup(backup).result;
    expect(heard.mock.calls.map(([event]) => event.event)).toEqual(['job-began', 'archives-changed', 'job-ended']);
    end();
    await backend.pin({ deployment: null, archive: (await backend.archives({ deployment: null })).archives[0]!.name, pinned: true });
    expect(heard).toHaveBeenCalledTimes(3);
  });
});
