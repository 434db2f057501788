import { words } from '../../words';
import type { Place } from '../registry';
import Health from './Health.svelte';

export const place: Place = {
  id: 'health',
  name: words.health.name,
  question: words.health.question,
  icon: 'health',
  component: Health,
  order: 4,
};
