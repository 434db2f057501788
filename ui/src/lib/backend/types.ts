// What crosses the seam. All of it is made from the api (`generated`); here stand only names for what is a string there.
// Where the window is ahead of the api, what it needs stands here, under "Owed by the api", until it is there.
export type * from './generated';
import type * as G from './generated';

/** RFC 3339, in UTC. */
export type Timestamp = string;
/** On the machine; never built or taken apart by the window, only shown and handed back. */
export type Path = string;

export const NO_KEYS: G.KeysGiven = { passphrase: null, identity: null, accept_unverified: false };

// Words of a small set, which the api writes as strings.

export type Strength = 'weak' | 'fair' | 'good' | 'strong';

export interface StrengthAnswer extends G.StrengthAnswer {
  verdict: Strength;
}
export interface SetupAnswer extends G.SetupAnswer {
  passphrase_strength: Strength;
}
