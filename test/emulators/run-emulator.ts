/**
 * Starts an emulator on a free loopback port, waits until it answers, and ends it with all processes it has
 * started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deadlineIn } from '../deadline.ts';

const READY_MILLISECONDS = 60_000;
const END_MILLISECONDS = 5_000;

export interface Emulator {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

export interface EmulatorProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The emulator is ready when this path gives any status below 500. */
  readonly readyPath: string;
}

/** A port that was free just now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const { status, body } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await body?.cancel();
    return status < 500;
  } catch {
    return false;
  }
};

/**
 * Resolves when the emulator is ready. The caller stops it; if the test process ends first, the emulator is
 * killed. `program` gets an empty folder, which is removed at the end together with the log, unless
 * `HOLDFAST_EMULATOR_LOGS` names a folder for logs.
 */
export const runEmulator = async (
  name: string,
  program: (folder: string, port: number) => EmulatorProgram | Promise<EmulatorProgram>,
): Promise<Emulator> => {
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  const port = await freePort();
  const { args, env, readyPath, ...what } = await program(folder, port);
  const logFile = join(process.env.HOLDFAST_EMULATOR_LOGS ?? folder, `${name}-${port}.log`);
  const log = await open(logFile, 'a', 0o600);
  // The emulator has its own process group, so that processes it starts (Lambda functions) end with it. A
  // watcher in the group kills the group when our end of its pipe closes, however this process ends.
  const watched = ['-c', '(cat <&3 >/dev/null; kill -KILL 0) & exec "$@" 3<&-', 'sh', what.program, ...args];
  const child = spawn('sh', watched, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
    detached: true,
  });
  await log.close();
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  const signal = (what: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, what);
    } catch {
      // The group has already ended.
    }
  };
  const kill = (): void => signal('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    signal('SIGTERM');
    await Promise.race([ended, pause(END_MILLISECONDS, undefined, { ref: false })]);
    kill();
    await ended;
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = deadlineIn(READY_MILLISECONDS);
  while (!(await answers(endpoint + readyPath))) {
    const dead = failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    if (dead || deadline.isOver) {
      const lines = await readFile(logFile, 'utf8');
      await stop();
      throw new Error(`${name} did not start; its last words: ${lines.slice(-2_000)}`, { cause: failure });
    }
    await pause(50);
  }
  return { endpoint, logFile, stop };
};
