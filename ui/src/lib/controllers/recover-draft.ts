import type { Path, RecoverPlanArgs } from '../backend/types';

/** What the person chose so far. */
export interface Draft {
  at: string | null;
  where: 'original' | 'moved' | 'into';
  /** Roots that go elsewhere, by name. */
  moved: Record<string, Path>;
  into: Path | null;
  adopt: boolean;
  /** `user mara` → whose they become. */
  owners: Record<string, string>;
  passphrase: { first: string; again: string };
}

export const fresh = (): Draft => ({
  at: null,
  where: 'original',
  moved: {},
  into: null,
  adopt: true,
  owners: {},
  passphrase: { first: '', again: '' },
});

/** In the form that the engine is asked in. */
export function wished(draft: Draft): Omit<RecoverPlanArgs, 'opened' | 'at'> {
  const owners = (kind: string): [string, string][] =>
    Object.entries(draft.owners)
      .filter(([key, becomes]) => key.startsWith(`${kind} `) && becomes.trim() !== '')
      .map(([key, becomes]) => [key.slice(kind.length + 1), becomes.trim()]);
  const adopt = draft.adopt && draft.where !== 'into';
  return {
    components: [],
    paths: [],
    into: draft.where === 'into' ? draft.into : null,
    moved: draft.where === 'moved' ? Object.entries(draft.moved) : [],
    users: owners('user'),
    groups: owners('group'),
    // What is replaced is first put into an archive; where nothing lies there is nothing to put.
    emergency: true,
    adopt,
    new_passphrase: adopt && draft.passphrase.first !== '' ? draft.passphrase.first : null,
  };
}
