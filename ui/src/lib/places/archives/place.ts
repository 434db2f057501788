import { words } from '../../words';
import type { Place } from '../registry';
import Archives from './Archives.svelte';

export const place: Place = {
  id: 'archives',
  name: words.archives.name,
  question: words.archives.question,
  icon: 'archives',
  component: Archives,
  order: 2,
};
