import type { FieldProblem, FoundInfo, Note, Path, SetupArgs, SetupCheck } from '../backend/types';

/** What a person chose and typed of the first run. */
export interface Draft {
  name: string;
  /** What is not ticked stays in the list, so that a change of mind costs nothing. */
  roots: { path: Path; on: boolean }[];
  include: string[];
  /** Database servers that are saved otherwise, or not used. */
  without: string[];
  /** Secrets that were not found and are kept elsewhere. */
  aside: string[];
  exclude: string[];
  destination: Path | null;
}

/** That the kit left this computer: by which way, and when. */
export interface KitMade {
  file: Path | null;
  at: Date;
  /** What to do with the file. */
  notes: Note[];
}

export const EMPTY: Draft = { name: '', roots: [], include: [], without: [], aside: [], exclude: [], destination: null };

/** Those that are ticked. */
export const onOf = (roots: Draft['roots']): Path[] => roots.filter((root) => root.on).map((root) => root.path);

/** Which warnings there are: what was meant for others is not meant for these. */
export const warnedOf = (checked: { warnings: FieldProblem[] } | null): string =>
  (checked?.warnings ?? []).map(({ note }) => `${note.subject}: ${note.title}`).join('\n');

/** For the engine: without what is wrong, which is told beside its field. */
export function wishedOf(draft: Draft, chosen: FoundInfo | null, checked: SetupCheck | null): SetupArgs {
  const bad = new Set(checked?.problems.map(({ field }) => field));
  return {
    name: (checked ? checked.name : draft.name.trim()) || null,
    roots: onOf(draft.roots),
    destination: draft.destination,
    exclude: draft.exclude.filter((_, index) => !bad.has(`exclude.${index}`)),
    include_recreatable: draft.include,
    preset: chosen?.preset ?? null,
    near: chosen?.near ?? [],
    health_url: chosen?.health_url ?? null,
    without_servers: draft.without,
    without_secrets: draft.aside,
  };
}
