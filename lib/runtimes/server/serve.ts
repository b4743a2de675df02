/** `holdfast serve`: an embedded installation until a signal ends it. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { configWarnings } from './config-warnings.ts';
import { loadConfig } from './load-config.ts';
import { startServer } from './server.ts';
import { keepYoungGenerationSmall } from './small-young-generation.ts';

/** A stop in order takes at most so long. What is still running then ends as in a crash, which loses nothing. */
const LONGEST_STOP_MILLISECONDS = 9_000;

/** Whatever is open after a stop in order is left alone after so long: nothing depends on it. */
const LONGEST_FAREWELL_MILLISECONDS = 500;

/** What the start tells whoever began it. */
export interface Listening {
  readonly url: string;
  readonly installation: string;
  /** The data folder. */
  readonly data: string;
  readonly components: readonly string[];
}

export interface ServeOptions {
  data: string;
  config: string;
  port: number;
  host?: string;
  /** The first start writes the administrator's token there, instead of showing it. */
  adminTokenFile?: string;
  log: Logger;
  onListening(listening: Listening): void | Promise<void>;
  onAdminToken(token: string): void;
  onStopping(): void;
}

/** Resolves when the server has been stopped by SIGINT or SIGTERM. @throws HoldfastError when it cannot start. */
export const serve = async ({
  data,
  config: configFile,
  port,
  host,
  adminTokenFile,
  log,
  onListening,
  onAdminToken,
  onStopping,
}: ServeOptions): Promise<void> => {
  keepYoungGenerationSmall();
  // From the beginning: a signal that comes while the server starts ends it in order, too.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const config = await loadConfig(configFile, data);
  const server = await startServer({
    data,
    config,
    log,
    port,
    ...(host === undefined ? {} : { address: host }),
    takeAdminToken: (token) =>
      adminTokenFile === undefined ? onAdminToken(token) : writeToken(token, adminTokenFile),
  });
  await onListening({
    url: server.url,
    installation: config.installation,
    data: server.host.folder.path,
    components: config.components.map(({ id }) => id),
  });
  // Beside all else: a mail server that is looked for may take its time.
  void configWarnings(config, { secrets: server.host.secrets, now: server.host.clock.now() }).then(
    (warnings) => {
      for (const warning of warnings) log.warn(`configuration: ${warning}`);
    },
  );
  // What was compiled so far: not only the next start is to find it, but this one's threads, too.
  flushCompileCache();
  await stopped;
  onStopping();
  const lastResort = endWithoutOrder(log);
  await server.close();
  clearTimeout(lastResort);
  leaveConnections();
};

/** What keeps the process now is a connection whose other side does not answer, such as a mail server's. */
const leaveConnections = (): void =>
  void setTimeout(() => process.exit(), LONGEST_FAREWELL_MILLISECONDS).unref();

const endWithoutOrder = (log: Logger): NodeJS.Timeout =>
  setTimeout(() => {
    log.error('the server could not stop in order in time; the next start puts right what it leaves');
    process.exit(1);
  }, LONGEST_STOP_MILLISECONDS);

const writeToken = async (token: string, file: string): Promise<void> => {
  try {
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    throw new HoldfastError(
      'place_unwritable',
      `the administrator's token cannot be written to ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
};
