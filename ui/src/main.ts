import '@fontsource-variable/inter/opsz.css';
import './lib/styles/tokens.css';
import './lib/styles/base.css';
import './lib/styles/charts.css';
import { mount } from 'svelte';
import { App } from './lib/app.svelte';
import type { Backend } from './lib/backend/backend';
import { Clock } from './lib/clock.svelte';
import Window from './lib/shell/Window.svelte';

/** In the shell the real one; in a browser the made-up deployment, by `?story=`. */
async function connect(): Promise<{ backend: Backend; clock: Clock }> {
  if ('__TAURI_INTERNALS__' in window) {
    const { tauriBackend } = await import('./lib/backend/tauri');
    return { backend: tauriBackend(), clock: new Clock() };
  }
  const { fakeBackend, STORY_NOW, storyOf } = await import('./lib/backend/fake');
  const story = storyOf(new URLSearchParams(location.search).get('story'));
  const clock = new Clock(STORY_NOW[story]);
  return { backend: fakeBackend({ story, clock }), clock };
}

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the window');
const { backend, clock } = await connect();
// What stood there while the window was loading.
target.replaceChildren();
mount(Window, { target, props: { app: new App(backend, clock) } });
