import type { Questions } from '../backend';
import type { PeopleAnswer, RotationPreview } from '../types';
import { standings } from './destinations';
import { locked } from './lock';
import { strengthOf } from './setup';
import { failure, type World } from './world';

type Part = Pick<
  Questions,
  'key' | 'change_passphrase' | 'kit' | 'kit_groups' | 'check_kit' | 'add_person' | 'remove_person' | 'plan_rotation' | 'rotate'
>;

/** What group N of the made-up kit says, so that a person can try it out: `G7AAA` for 7. */
export const groupText = (number: number): string => `G${number}AAAAA`.slice(0, 5);

const RECIPIENT = 'age1q9zl4mk0v8c2x6w3n7d5f1h8j2k4l6p8r0t2v4x6z8';

export function keysPart(world: World): Part {
  const people = (changed: PeopleAnswer['changed']): PeopleAnswer => ({ outcome: 'done', deployment: 'chatbot', recipient: RECIPIENT, people: world.people, changed, problems: [] });
  return {
    key: async () => ({ outcome: 'done', deployment: 'chatbot', deployment_id: '5f1c0b7a', recipients: ['age1q9zl4mk0v8c2x6w3n7d5f1h8j2k4l6p8r0t2v4x6z8'], people: world.people, retired: [], signing_public: 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3', retired_signing: [], kit_made: world.kitProven, kit_proven: world.kitProven, recovery_key: '/home/mara/.local/share/holdfast/keys/recovery-key.age', recovery_key_copies: ['/home/mara/Backups/Holdfast/chatbot/recovery-key.age', '/mnt/nas/holdfast/chatbot/recovery-key.age'], identity_in_keyring: world.keyring, signing_key_in: world.keyring ? 'keyring' : 'file', problems: [] }),
    change_passphrase: async ({ old, new: next }) => {
      if (old === 'wrong') throw failure('wrong-passphrase', 'chatbot', 'the key does not open with it', 'That is not the passphrase of chatbot.', 'Type it again; the recovery key opens it too.');
      return { outcome: 'done', deployment: 'chatbot', replaced: ['This computer', 'home-nas'], passphrase_strength: strengthOf(next).verdict, problems: [] };
    },
    kit: async ({ file, keys }) => {
      const closed = locked(world, keys);
      if (closed) throw closed;
      return { outcome: 'done', deployment: 'chatbot', file, made: world.clock.read().toISOString(), recipient: 'age1q9z', problems: [] };
    },
    kit_groups: async () => ({ groups: [7], count: 10 }),
    check_kit: async ({ typed }) => {
      const groups = 'groups' in typed ? typed.groups : [];
      const wrong = groups.find(([number, text]) => text.trim().toUpperCase() !== groupText(number));
      if (wrong) throw failure('mistyped', `group ${wrong[0]}`, 'its check letters do not fit', `Group ${wrong[0]} is not as it is printed.`, 'Look at the page again: letters that look alike are told apart there.');
      world.kitProven = world.clock.read().toISOString();
      return { outcome: 'done', deployment: 'chatbot', groups: groups.map(([number]) => number), proven: world.kitProven, opened: world.archives[0]?.name ?? null, problems: [] };
    },
    add_person: async ({ name, recipient }) => {
      if (!/^age1[a-z0-9]{6,}$/.test(recipient)) throw failure('bad-request', 'the key', 'no age recipient', 'That is not a key that archives can be sealed to.', 'It begins with age1. Never ask for a secret key: the public one is enough.');
      const person = { name, recipient, added: world.clock.read().toISOString() };
      world.people = [...world.people, person];
      return people(person);
    },
    remove_person: async ({ who }) => {
      const gone = world.people.find((person) => person.name === who || person.recipient === who) ?? null;
      world.people = world.people.filter((person) => person !== gone);
      return people(gone);
    },
    plan_rotation: async ({ signing }) => {
      const [, ...others] = standings(world);
      const preview: RotationPreview = { deployment: 'chatbot', recipient: RECIPIENT, signing, archives: world.archives.length, people: world.people, reached: others.filter((place) => place.there).map((place) => place.name), away: others.filter((place) => !place.there).map((place) => place.name) };
      return world.plan(preview);
    },
    rotate: async ({ plan, passphrase }) => {
      if (passphrase === 'wrong') throw failure('wrong-passphrase', 'chatbot', 'the key does not open with it', 'That is not the passphrase of chatbot.', 'Type it again; the recovery key opens it too.');
      const preview = world.take<RotationPreview>(plan);
      world.kitProven = null;
      return { outcome: 'done', deployment: 'chatbot', recipient: 'age1new8c2x6w3n7d5f1h8j2k4l6p8', replaced_recipient: preview.recipient, signing_public: 'RWQnew', signing_rotated: preview.signing, replaced: preview.reached, identity_in_keyring: world.keyring, signing_key_in: world.keyring ? 'keyring' : 'file', problems: [] };
    },
  };
} // prettier-ignore
