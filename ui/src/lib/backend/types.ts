// What crosses the seam. All of it is made from the api (`generated`); here stand only names for what is a string there, and
// what the api does not have yet.
export type * from './generated';
import type * as G from './generated';

/** RFC 3339, in UTC. */
export type Timestamp = string;
/** On the machine; never built or taken apart by the window, only shown and handed back. */
export type Path = string;

export const NO_KEYS: G.KeysGiven = { passphrase: null, identity: null, accept_unverified: false };

// Words of a small set, which the api writes as strings.

export type DestinationKind = 'folder' | 'drive' | 'cloud';
export type Strength = 'weak' | 'fair' | 'good' | 'strong';

export interface StrengthAnswer extends G.StrengthAnswer {
  verdict: Strength;
}
export interface SetupAnswer extends G.SetupAnswer {
  passphrase_strength: Strength;
}

// Owed by the api from here on. What stands here takes the place of what is generated under the same name.

export interface KeysGiven extends G.KeysGiven {
  /** A file with it; what it holds never comes into the window. */
  identity_file?: Path | null;
}

export interface SetupArgs extends Omit<G.SetupArgs, 'destination'> {
  /** `null`: only look. Such a plan cannot be set up. */
  destination: Path | null;
  /** What is left out by default and should be in. */
  include_recreatable: string[];
}

export interface SetupPreview extends Omit<G.SetupPreview, 'archives'> {
  archives: Path | null;
  place: PlaceFacts | null;
}

export interface FoundInfo extends G.FoundInfo {
  /** Where its secrets may lie beside the usual places; for `SetupArgs.near`. */
  near: Path[];
}

export interface FindAnswer extends Omit<G.FindAnswer, 'found'> {
  found: FoundInfo[];
}

/** What a place is looked for: one on another disk than the roots goes before, and so much has to fit. */
export interface ProposePlaceArgs {
  roots: Path[];
  bytes: number;
}

/** A place for archives, as it is now. */
export interface PlaceFacts {
  path: Path;
  /** As people know it: a drive's label. */
  name: string;
  kind: 'folder' | 'drive';
  file_system: string;
  total_bytes: number;
  free_bytes: number;
  /** It is on a disk that something protected lies on too. */
  same_disk: boolean;
}

export interface RecoverPreview extends G.RecoverPreview {
  /** Owners of files that are not known here. */
  owners: StrangeOwner[];
}

export interface StrangeOwner {
  kind: 'user' | 'group';
  name: string;
  entries: number;
  /** Whose these will be, as it was asked or by default. */
  becomes: string;
}

export interface RecoverTrustArgs {
  opened: string;
  /** The public signing key from the recovery kit. */
  signed_by: string | null;
  accept_unverified: boolean;
}
