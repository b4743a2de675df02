/** `holdfast serve`: an embedded installation until a signal ends it. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { HoldfastError } from '../../model/errors.ts';
import { JsonLogger } from '../json-logger.ts';
import { loadConfig } from './load-config.ts';
import { startServer } from './server.ts';

export interface ServeOptions {
  data: string;
  config: string;
  port: number;
  host?: string;
  adminTokenFile?: string;
}

/** Resolves when the server has been stopped by SIGINT or SIGTERM. @throws HoldfastError when it cannot start. */
export const serve = async ({
  data,
  config: configFile,
  port,
  host,
  adminTokenFile,
}: ServeOptions): Promise<void> => {
  const config = await loadConfig(configFile);
  const log = new JsonLogger();
  const server = await startServer({
    data,
    config,
    log,
    port,
    ...(host === undefined ? {} : { address: host }),
    takeAdminToken: (token) => showToken(token, adminTokenFile),
  });
  const { components } = config;
  process.stderr.write(
    `Holdfast listens on ${server.url}\n` +
      `  installation ${config.installation}, data in ${server.host.folder.path}\n` +
      `  ${components.length === 0 ? 'no components are configured' : `components: ${components.map(({ id }) => id).join(', ')}`}\n`,
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  process.stderr.write('stopping\n');
  await server.close();
};

const showToken = async (token: string, file: string | undefined): Promise<void> => {
  if (file === undefined) {
    process.stderr.write(
      `The administrator's token, shown this once:\n\n  ${token}\n\n` +
        'Keep it for other machines; commands on this one find their own in the data folder.\n',
    );
    return;
  }
  try {
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    throw new HoldfastError(
      'place_unwritable',
      `the administrator's token cannot be written to ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
};
