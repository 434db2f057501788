// The only file that knows Tauri. Every command takes one object `args`; tasks also take `job`, the number by which
// they are cancelled and joined, and `progress`, a channel.
import { Channel, invoke } from '@tauri-apps/api/core';
import { type Backend, BackendError, failureOf, type Job, type OnProgress, type Questions, type Tasks } from './backend';
import type { AppEvent, Failure, Progress } from './types';

// Checked by the compiler to be complete, so that a command of the interface cannot be forgotten here.
const QUESTIONS: Record<keyof Questions, true> = {
  status: true, overview: true, history: true, storage: true, jobs: true, pause: true, resume: true,
  archives: true, show: true, browse: true, search_archive: true, preview_text: true, pin: true, settle: true, settled: true, alarms: true, acknowledge: true, plan_delete: true,
  plan_undo: true, preserved: true,
  destinations: true, drives: true, plan_destination: true, add_destination: true, add_cloud: true, rename_destination: true,
  remove_destination: true,
  propose_place: true, check_setup: true, passphrase_strength: true, setup: true, key: true, change_passphrase: true, kit: true, kit_groups: true, check_kit: true,
  add_person: true, remove_person: true, plan_rotation: true, rotate: true,
  settings: true, check_settings: true, write_settings: true, write_app_settings: true,
  recover_find: true, doctor: true, diagnostics: true,
  pick_folder: true, pick_file: true, pick_save: true, open_path: true, text_size: true, drawn: true, drop_plan: true,
}; // prettier-ignore

const TASKS: Record<keyof Tasks, true> = {
  backup: true, find: true, plan_setup: true, diff: true, plan_restore: true, restore: true, undo: true, forget: true,
  salvage: true, verify: true, delete_archive: true, plan_prune: true, prune: true, plan_export: true, export: true, copy: true,
  check_copies: true, repair_copies: true, rebuild_catalog: true, recover_open: true, recover_trust: true, plan_recover: true, recover: true,
}; // prettier-ignore

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'title' in thrown;
}

async function call<Answer>(command: string, payload: Record<string, unknown>): Promise<Answer> {
  try {
    return await invoke<Answer>(command, payload);
  } catch (thrown) {
    throw new BackendError(isFailure(thrown) ? thrown : failureOf(thrown));
  }
}

function job<Answer>(command: string, id: string, payload: Record<string, unknown>, onProgress?: OnProgress): Job<Answer> {
  const progress = new Channel<Progress>();
  progress.onmessage = (moment) => onProgress?.(moment);
  return {
    id,
    result: call<Answer>(command, { ...payload, job: id, progress }),
    cancel: () => call<void>('cancel_job', { job: id }),
  };
}

export function tauriBackend(): Backend {
  const backend: Record<string, unknown> = {};
  for (const command of Object.keys(QUESTIONS)) {
    backend[command] = (args: unknown) => call(command, { args });
  }
  for (const command of Object.keys(TASKS)) {
    backend[command] = (args: unknown, onProgress?: OnProgress) =>
      job(command, crypto.randomUUID(), { args }, onProgress);
  }
  backend['join'] = (id: string, onProgress?: OnProgress) => job('join_job', id, {}, onProgress);
  backend['watch'] = (hear: (event: AppEvent) => void) => {
    const events = new Channel<AppEvent>();
    let deaf = false;
    events.onmessage = (event) => {
      if (!deaf) hear(event);
    };
    void call('watch', { events });
    return () => {
      deaf = true;
    };
  };
  return backend as unknown as Backend;
}
