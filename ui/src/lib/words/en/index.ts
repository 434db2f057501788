import { archives } from './archives';
import { common } from './common';
import { health } from './health';
import { overview } from './overview';
import { recover } from './recover';
import { settings } from './settings';
import { setup } from './setup';
import { shell } from './shell';

export const en = { common, shell, overview, archives, recover, health, settings, setup };
