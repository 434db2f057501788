import type { App } from '../app.svelte';
import type { MatterAct } from '../backend/types';

/** Does what an act says, or goes to where it is done. `id` tells whose progress is shown. */
export function follow(app: App, act: MatterAct, id = 'act'): void {
  if (app.matters.does(act.act)) return void app.matters.run(id, act.act);
  if (act.archive) {
    app.archives.wanted = { archive: act.archive, path: act.path, salvage: act.act === 'salvage' };
    return app.router.go('archives', act.archive);
  }
  const to = app.matters.leads(act.act);
  if (to) app.router.go(to[0] ?? '', ...to.slice(1));
}

/** Whether the window has what the act asks for. */
export function canFollow(app: App, act: MatterAct): boolean {
  return app.matters.does(act.act) || act.archive !== null || app.matters.leads(act.act) !== null;
}
