/** An embedded installation that is up: its host, its HTTP side, its sweep and its schedules. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { HoldfastError, isSystemError, shortErrorOf } from '../../model/errors.ts';
import { isActive } from '../../model/schedules/schedule.ts';
import { authenticate } from '../../operations/access/authenticate.ts';
import { createHostToken, hasTokens } from '../../operations/access/tokens/tokens.ts';
import { everySchedule } from '../../operations/schedules/find-schedules.ts';
import { beginDueRun } from '../../operations/schedules/keep-schedules.ts';
import { recordMissedSchedule } from '../../operations/schedules/scheduled-backup.ts';
import { openInstallation } from '../../operations/upkeep/open-installation.ts';
import { sweep } from '../../operations/upkeep/sweep.ts';
import type { Host } from '../../ports/host.ts';
import { type EmbeddedHost, type EmbeddedHostOptions, openEmbeddedHost } from './embedded-host.ts';
import { type HttpServer, listen } from './http/http-server.ts';
import { NoticeCourier } from './notice-courier.ts';
import { Scheduler } from './schedules/scheduler.ts';

export interface ServerOptions extends EmbeddedHostOptions {
  port: number;
  /** The address to listen on. @default this machine only */
  address?: string;
  /** Receives the administrator's token, which the first start makes and nobody can ask for again. */
  takeAdminToken(token: string): void | Promise<void>;
}

export interface RunningServer {
  readonly url: string;
  readonly host: EmbeddedHost;
  close(): Promise<void>;
}

const SWEEP_MILLISECONDS = 60_000;

/**
 * Opens the installation, ends what a crash left running, and listens. Only then other programs find it, by
 * `server.json`.
 *
 * @throws HoldfastError, with what to do; nothing is left open.
 */
export const startServer = async ({
  port,
  address = '127.0.0.1',
  takeAdminToken,
  ...options
}: ServerOptions): Promise<RunningServer> => {
  // Closes what was opened, in the opposite order: when the server is closed, and when its start fails halfway.
  const made = new AsyncDisposableStack();
  try {
    const host = await openEmbeddedHost(options);
    made.defer(() => host.close());
    const courier = new NoticeCourier(host);
    host.hasten = () => courier.wake();
    const scheduler = schedulerOf(host, courier);
    await openInstallation(host);
    // Waiting notices are delivered only after the server listens: a mail server may take time.
    await sweepQuietly(host, { because: 'the server stopped while it ran', tell: () => {} });
    if (!(await hasTokens(host)))
      await createHostToken(host, { name: 'administrator', createdBy: 'first start' }, takeAdminToken);
    await ensureCliToken(host);
    const http = await listenOn(host, port, address);
    made.defer(() => http.close());
    made.defer(() => rm(host.folder.serverFile, { force: true }));
    await announce(host, http.url);
    void host.workflow.warmUp();
    made.defer(() => courier.close());
    courier.wake();
    made.defer(() => scheduler.close());
    await scheduler.start();
    const sweeping = setInterval(() => {
      adjustReserve(host);
      void sweepQuietly(host, { tell: () => courier.wake() });
    }, SWEEP_MILLISECONDS);
    made.defer(() => clearInterval(sweeping));
    // Done first: requests that wait for a change end at once, and do not delay the stop.
    made.defer(() => http.endWaits());
    return { url: http.url, host, close: () => made.disposeAsync() };
  } catch (thrown) {
    await made
      .disposeAsync()
      .catch((reason: unknown) =>
        options.log.warn('a start that failed could not be undone completely', { reason: String(reason) }),
      );
    throw thrown;
  }
};

const adjustReserve = ({ folder, log }: EmbeddedHost): void => {
  try {
    folder.reserve.adjust();
  } catch (thrown) {
    log.warn('the reserve in the data folder could not be checked or created', {
      reason: shortErrorOf(thrown),
    });
  }
};

const listenOn = async (host: Host, port: number, address: string): Promise<HttpServer> => {
  try {
    return await listen(host, { port, address });
  } catch (thrown) {
    if (isSystemError(thrown, 'EADDRINUSE'))
      throw new HoldfastError(
        'conflict',
        `port ${port} of ${address} is in use by another program; choose another port with --port`,
      );
    if (isSystemError(thrown, 'EACCES') || isSystemError(thrown, 'EADDRNOTAVAIL'))
      throw new HoldfastError(
        'invalid_request',
        `cannot listen on ${address}, port ${port}: ${thrown.message}`,
      );
    throw thrown;
  }
};

/** Writes into the data folder where the server listens; a reader at the same time finds all of it, or nothing. */
const announce = async (host: EmbeddedHost, url: string): Promise<void> => {
  const written = `${host.folder.serverFile}.new`;
  await rm(written, { force: true });
  try {
    await writeFile(written, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600, flag: 'wx' });
    await rename(written, host.folder.serverFile);
  } catch (thrown) {
    if (!isSystemError(thrown, 'ENOSPC') && !isSystemError(thrown, 'EDQUOT')) throw thrown;
    await rm(written, { force: true });
    host.log.warn(
      'the disk is full: the address could not be written to the data folder; commands find the server with HOLDFAST_URL and HOLDFAST_TOKEN',
      { url },
    );
  }
};

/**
 * Writes a token for the command line on this machine into the data folder, beside the key file, which protects far
 * more.
 */
const ensureCliToken = async (host: EmbeddedHost): Promise<void> => {
  const path = host.folder.cliTokenFile;
  try {
    await authenticate(host, { authorization: `Bearer ${(await readFile(path, 'utf8')).trim()}` });
  } catch (thrown) {
    const missing =
      isSystemError(thrown, 'ENOENT') || (thrown instanceof HoldfastError && thrown.code === 'unauthorized');
    if (!missing) throw thrown;
    await createHostToken(host, { name: 'command line', createdBy: 'holdfast' }, async (token) => {
      // A new file, since an existing one would keep its mode.
      await rm(path, { force: true });
      await writeFile(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
    });
  }
};

const schedulerOf = (host: EmbeddedHost, courier: NoticeCourier): Scheduler => {
  const scheduler = new Scheduler({
    schedules: async () => (await everySchedule(host)).filter(isActive),
    catalog: host.catalog,
    clock: host.clock,
    log: host.log,
    onFire: async ({ id: scheduleId }, at, how) => {
      const run = await beginDueRun(host, { scheduleId, at }, how);
      if (run === 'waits') return run;
      if (run === 'stopped' || run.state === 'FAILED' || how !== 'fire') courier.wake();
      return undefined;
    },
    onMissed: async ({ id }, at) => {
      await recordMissedSchedule(host, { scheduleId: id, at });
      courier.wake();
    },
  });
  host.timers.onSet(() => scheduler.wake());
  return scheduler;
};

/** A repair that fails now must not stop the server from answering: it is tried again. */
const sweepQuietly = async (
  host: EmbeddedHost,
  options: { because?: string; tell: (host: Host) => unknown },
): Promise<void> => {
  try {
    await sweep(host, options);
  } catch (thrown) {
    host.log.error('the sweep failed; the server tries again in a minute', {
      reason: shortErrorOf(thrown),
      thrown,
    });
  }
};
