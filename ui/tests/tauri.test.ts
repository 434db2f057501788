import { beforeEach, describe, expect, test, vi } from 'vitest';
import { BackendError } from '../src/lib/backend/backend';
import type { Progress } from '../src/lib/backend/types';

const invoke = vi.hoisted(() => vi.fn());
const channels = vi.hoisted(() => [] as { onmessage?: (message: unknown) => void }[]);

vi.mock('@tauri-apps/api/core', () => ({
  invoke,
  Channel: class {
    onmessage?: (message: unknown) => void;
    constructor() {
      channels.push(this);
    }
  },
}));

const { tauriBackend } = await import('../src/lib/backend/tauri');
const moment: Progress = {
  phase: 'backing-up',
  files_done: 1,
  files_total: 2,
  bytes_done: 3,
  bytes_total: 4,
  bytes_per_second: null,
  seconds_left: null,
  current: null,
};

beforeEach(() => {
  invoke.mockReset();
  channels.length = 0;
});

describe('the seam to the shell', () => {
  test('a question is one command with one argument', async () => {
    invoke.mockResolvedValue({ outcome: 'done' });
    await tauriBackend().status({ deployment: null });
    expect(invoke).toHaveBeenCalledWith('status', { args: { deployment: null } });
  });

  test('a failure arrives with its words, anything else as one that can be shown', async () => {
    const said = { code: 'locked', subject: 'chatbot', cause: 'by 2214', title: 'Another run has it.', next_step: 'Wait.' };
    invoke.mockRejectedValueOnce(said);
    const thrown = await tauriBackend().status({ deployment: null }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(BackendError);
    expect((thrown as BackendError).failure).toEqual(said);
    invoke.mockRejectedValueOnce('command status not found');
    const other = await tauriBackend().status({ deployment: null }).catch((error: unknown) => error);
    expect((other as BackendError).failure).toMatchObject({ code: 'internal', cause: 'command status not found' });
  });

  test('a task brings its own number, tells its progress, and is cancelled by the number', async () => {
    invoke.mockResolvedValue(null);
    const seen: Progress[] = [];
    const job = tauriBackend().undo({ plan: 'p1' }, (progress) => seen.push(progress));
    expect(invoke).toHaveBeenCalledWith('undo', { args: { plan: 'p1' }, job: job.id, progress: channels[0] });
    channels[0]?.onmessage?.(moment);
    expect(seen).toEqual([moment]);
    await job.cancel();
    expect(invoke).toHaveBeenLastCalledWith('cancel_job', { job: job.id });
  });

  test('a job that runs is joined by its number', () => {
    invoke.mockResolvedValue(null);
    tauriBackend().join('j7');
    expect(invoke).toHaveBeenCalledWith('join_job', { job: 'j7', progress: channels[0] });
  });

  test('events come until nobody listens', () => {
    invoke.mockResolvedValue(null);
    const heard: unknown[] = [];
    const end = tauriBackend().watch((event) => heard.push(event));
    channels[0]?.onmessage?.({ event: 'drives-changed' });
    end();
    channels[0]?.onmessage?.({ event: 'drives-changed' });
    expect(heard).toEqual([{ event: 'drives-changed' }]);
  });
});
