import type { BackendError } from '../backend';
import type { KeysGiven } from '../types';
import { failure, type World } from './world';

/** What opens the made-up archives in the story `locked`, where no keyring has it. */
export const PASSPHRASE = 'seven lanterns over pontoon b';

/** Why these keys do not open what needs one; `null` where they do. */
export function locked(world: World, keys: KeysGiven): BackendError | null {
  const given = keys.passphrase ?? keys.identity;
  const opens = world.story === 'locked' ? given === PASSPHRASE : given === null ? world.keyring : given !== 'wrong';
  if (opens) return null;
  if (keys.identity !== null) return failure('wrong-key', 'the archive', 'no recipient matches the identity', 'The key does not open the archive.', 'Use the recovery key of this chatbot, as it is printed in its kit.');
  if (keys.passphrase !== null) return failure('wrong-passphrase', 'chatbot', 'the recovery key does not open with it', 'That is not the passphrase of chatbot.', 'Type it again. The recovery key from the kit opens the archives too.');
  return failure('key-needed', 'chatbot', 'the keyring of this session has no key of chatbot', 'A key is needed to open the archives of chatbot.', 'Type the passphrase, or the recovery key from the kit.');
} // prettier-ignore

export function damaged(world: World, name: string): BackendError | null {
  const found = world.archives.find((one) => one.name === name);
  if (!found || found.restorable || found.state !== 'present') return null;
  if (found.soundness === 'needs-damaged') return failure('parent-damaged', name, 'frame 118 of the archive that it needs does not have its checksum', 'This archive needs another one that is damaged.', 'Use an archive that does not need it. What is undamaged can be brought into a folder.');
  return failure('archive-damaged', name, 'frame 118 (bytes 1,204,551,680 to 1,206,648,832) does not have its checksum', 'This archive is damaged.', 'Use another archive. What is undamaged can be brought into a folder.');
} // prettier-ignore
