import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Installation } from './installation.ts';

/** Restarts the server after moving the last proof of every session this many minutes into the past. */
export const letProofsAge = async (here: Installation, minutes: number): Promise<void> => {
  const { port } = new URL(here.api.url);
  await here.end('SIGTERM');
  const catalog = new DatabaseSync(join(here.data, 'catalog.db'));
  const past = new Date(Date.now() - minutes * 60_000).toISOString();
  catalog
    .prepare(`UPDATE records SET json = json_set(json, '$.provenAt', ?) WHERE kind = 'session'`)
    .run(past);
  catalog.close();
  await here.startServer(Number(port));
};
