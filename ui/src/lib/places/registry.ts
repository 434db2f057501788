import type { Component } from 'svelte';
import type { IconName } from '../icons/names';

export interface PlaceProps {
  /** What comes behind the place in the address. */
  path: string[];
}

export interface Place {
  /** Its word in the address. */
  id: string;
  name: string;
  question: string;
  icon: IconName;
  component: Component<PlaceProps>;
  /** In the rail, and the digit that leads there: 1 for Overview. */
  order: number;
  /** `first-run`: fills the window while nothing is protected, and is not in the rail. */
  shown?: 'first-run';
  /** It works, and is reachable, while nothing is protected. */
  beforeSetup?: boolean;
}

// A place is there when its folder has a `place.ts`: nobody has to touch a list, and what does not work yet is not shown.
const found = import.meta.glob<{ place: Place }>('./*/place.ts', { eager: true });

const all: Place[] = Object.values(found)
  .map((module) => module.place)
  .sort((a, b) => a.order - b.order);

export const places: Place[] = all.filter((place) => !place.shown);
export const firstRun: Place | null = all.find((place) => place.shown === 'first-run') ?? null;

export function placeOf(id: string): Place | undefined {
  return places.find((place) => place.id === id);
}
