import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Installation } from './installation.ts';

/** Starts the server again as if every session had last proved so many minutes ago whose it is. */
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
