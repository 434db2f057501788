import { words } from '../../words';
import type { Place } from '../registry';
import Overview from './Overview.svelte';

export const place: Place = {
  id: 'overview',
  name: words.overview.name,
  question: words.overview.question,
  icon: 'overview',
  component: Overview,
  order: 1,
};
