// A deployment that is made up in the browser: for work on the window without the engine, and for tests.
import type { Backend, Job, OnProgress } from '../backend';
import { alarmsPart } from './alarms';
import { archivesPart } from './archives';
import { backupPart, beginBackup } from './backup';
import { destinationsPart } from './destinations';
import { joinRun } from './jobs';
import { overviewPart } from './overview';
import { healthPart } from './health';
import { keysPart } from './keys';
import { recoverPart } from './recover';
import { restorePart } from './restore';
import { settingsPart } from './settings';
import { setupPart } from './setup';
import { type FakeOptions, World } from './world';

export { SET_UP, STORIES, STORY_NOW, type Story, storyOf } from './story';
export { PASSPHRASE } from './lock';
export { groupText } from './keys';
export { failure, type FakeOptions, type World } from './world';

export interface FakeBackend extends Backend {
  /** For tests that want to change what is, or see what a task did. */
  world: World;
}

export function fakeBackend(options: FakeOptions): FakeBackend {
  const world = new World(options);
  // 38 % of a full backup that was begun 67 seconds ago, by the person.
  if (options.story === 'working') beginBackup(world, undefined, 67);
  return {
    world,
    ...overviewPart(world),
    ...alarmsPart(world),
    ...archivesPart(world),
    ...backupPart(world),
    ...restorePart(world),
    ...destinationsPart(world),
    ...setupPart(world),
    ...keysPart(world),
    ...healthPart(world),
    ...settingsPart(world),
    ...recoverPart(world),
    join: <Answer>(id: string, onProgress?: OnProgress): Job<Answer> => joinRun(world, id, onProgress),
    watch: (hear) => world.watch(hear),
  };
}
