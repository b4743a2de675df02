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

/** The longest orderly stop. What is still running then ends as in a crash, which loses nothing. */
const LONGEST_STOP_MILLISECONDS = 9_000;

/** How long the process waits for connections that are still open after an orderly stop: nothing depends on them. */
const LONGEST_FAREWELL_MILLISECONDS = 500;

/** What the start tells its caller. */
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
  /** The file to which the first start writes the administrator's token, instead of showing it. */
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
  // Listens from the beginning: a signal during the start also ends the server orderly.
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
  // In the background, since finding a mail server may take time.
  void configWarnings(config, { secrets: server.host.secrets, now: server.host.clock.now() }).then(
    (warnings) => {
      for (const warning of warnings) log.warn(`configuration: ${warning}`);
    },
  );
  // Stores the code that is compiled so far: for the next start, and for the threads of this one.
  flushCompileCache();
  await stopped;
  onStopping();
  const lastResort = endWithoutOrder(log);
  await server.close();
  clearTimeout(lastResort);
  leaveConnections();
};

/** Only a connection whose other side does not answer, such as a mail server's, can keep the process alive now. */
const leaveConnections = (): void =>
  void setTimeout(() => process.exit(), LONGEST_FAREWELL_MILLISECONDS).unref();

const endWithoutOrder = (log: Logger): NodeJS.Timeout =>
  setTimeout(() => {
    log.error('the server did not shut down cleanly in time; the next start repairs what it leaves');
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
