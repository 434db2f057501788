import { words } from '../../words';
import type { Place } from '../registry';
import FirstRun from './FirstRun.svelte';

export const place: Place = {
  id: 'setup',
  name: words.setup.name,
  question: words.setup.question,
  icon: 'plus',
  component: FirstRun,
  order: 100,
  shown: 'first-run',
};
