import { words } from '../../words';
import type { Place } from '../registry';
import Recover from './Recover.svelte';

export const place: Place = {
  id: 'recover',
  name: words.recover.name,
  question: words.recover.question,
  icon: 'recover',
  component: Recover,
  order: 3,
  // The fresh computer is what it is for.
  beforeSetup: true,
};
