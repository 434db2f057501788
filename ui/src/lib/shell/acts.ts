import type { App } from '../app.svelte';
import type { MatterAct } from '../backend/types';

/** Does what an act says, or goes to where it is done. `id` tells whose progress is shown. */
export function follow(app: App, act: MatterAct, id = 'act'): void {
  if (app.matters.does(act.act)) return void app.matters.run(id, act.act);
  if (act.act === 'settle') {
    app.matters.meant = { paths: act.paths };
    return;
  }
  if (act.act === 'acknowledge') {
    const matter = app.status.overview.answer?.matters.find((one) => one.id === id);
    return app.alarms.ask(act.paths[0] ?? '', matter);
  }
  if (act.act === 'open-folder') return void app.backend.open_path({ path: act.paths[0] ?? '' }).catch(() => undefined);
  if (act.archive) {
    app.archives.wanted = { archive: act.archive, paths: act.paths, salvage: act.act === 'salvage' };
    return app.router.go('archives', act.archive);
  }
  const to = app.matters.leads(act.act);
  if (to) app.router.go(to[0] ?? '', ...to.slice(1));
}

/** Whether the window has what the act asks for. */
export function canFollow(app: App, act: MatterAct): boolean {
  if (act.act === 'open-folder' || act.act === 'settle' || act.act === 'acknowledge') return act.paths.length > 0;
  return app.matters.does(act.act) || act.archive !== null || app.matters.leads(act.act) !== null;
}
