/**
 * A real, temporary PostgreSQL server for the demo and the tests. It uses the programs of a Debian package, listens on
 * loopback only, asks for a password, and ends with the process that started it, however that ends.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const DEBIAN_HOME = '/usr/lib/postgresql';
const START_SECONDS = 30;

/** The folder of the newest installed server's programs; undefined when there is none. */
export const findPostgresPrograms = (): string | undefined => {
  if (!existsSync(DEBIAN_HOME)) return undefined;
  const versions = readdirSync(DEBIAN_HOME).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(DEBIAN_HOME, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
};

export interface PostgresServerOptions {
  /** Settings as in postgresql.conf. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** @default the newest installed */
  readonly programs?: string;
  /** @default postgres */
  readonly superuser?: string;
  /** A server that this one is a standby of. @default a new cluster */
  readonly standbyOf?: PostgresServer;
}

export interface PostgresServer {
  readonly programs: string;
  readonly port: number;
  /** The password of the superuser. */
  readonly password: string;
  /** The folder of the unix socket, which asks for the password too. */
  readonly socketFolder: string;
  /** A connection URL over loopback, with the password in it. */
  url(database?: string): string;
  /** Runs SQL as superuser. @returns the result, a line for each row. @throws with psql's message */
  sql(text: string, database?: string): Promise<string>;
  /** Ends the server at once, as a crash would: its sessions are cut off. The folder stays. */
  crash(): Promise<void>;
  /** Starts the server again after a crash. */
  start(): Promise<void>;
  /** Ends the server and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

/** postgres refuses to run as root, so root starts it as the user that the package made. */
const serverUser = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const number = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
  return { uid: number('-u'), gid: number('-g') };
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('the system gave no port')),
      );
    });
  });

/**
 * A process that ends the server and removes its folder when its own standard input closes: when our process was
 * killed.
 */
const WATCH = `read -r word || {
  kill -QUIT "$1"; tries=0
  while kill -0 "$1" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  rm -rf "$2"
}`;

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** The folder of a server, and what starts it and connects to it. */
interface Cluster {
  readonly programs: string;
  readonly folder: string;
  readonly data: string;
  readonly user: ReturnType<typeof serverUser>;
  readonly superuser: string;
  readonly password: string;
  readonly settings: PostgresServerOptions['settings'];
  readonly standbyOf: PostgresServer | undefined;
}

const makeCluster = async (options: PostgresServerOptions): Promise<Cluster> => {
  const programs = options.programs ?? findPostgresPrograms();
  if (programs === undefined)
    throw new Error('no PostgreSQL server is installed; on Debian: apt-get install postgresql');
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'));
  await chmod(folder, 0o755);
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const { superuser = 'postgres', standbyOf } = options;
  const password = standbyOf?.password ?? randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(join(programs, program), ['-D', data, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH },
      ...user,
    });
  if (standbyOf === undefined)
    await run(
      'initdb',
      ...['-U', superuser, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8'],
      ...['--locale=C', '--no-sync', '--no-instructions'],
    );
  else await run('pg_basebackup', '-R', '-c', 'fast', '-d', standbyOf.url());
  return { programs, folder, data, user, superuser, password, settings: options.settings, standbyOf };
};

/** Starts the server's process, and one that ends it with ours. The server accepts connections only later. */
const launch = async (cluster: Cluster, port: number): Promise<ChildProcess> => {
  const { programs, folder, data, user, standbyOf } = cluster;
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_wal_size: '4GB',
    ...(standbyOf === undefined ? {} : { primary_conninfo: standbyOf.url() }),
    ...cluster.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  await writeFile(join(data, 'postgresql.auto.conf'), lines.join(''));
  await rm(join(data, 'postmaster.pid'), { force: true });
  const logFile = openSync(logOf(cluster), 'a');
  const child = spawn(join(programs, 'postgres'), ['-D', data], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', logFile, logFile],
    ...user,
  });
  closeSync(logFile);
  const watcher = spawn('sh', ['-c', WATCH, 'sh', String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('exit', () => watcher.stdin.end('done\n'));
  return child;
};

const logOf = ({ folder }: Cluster): string => join(folder, 'server.log');

const untilReady = async (cluster: Cluster, child: ChildProcess): Promise<void> => {
  const deadline = Date.now() + START_SECONDS * 1000;
  // In the eighth line of this file the server says that it accepts connections.
  while (
    (await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[7]?.trim() !==
    'ready'
  ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const log = (await readFile(logOf(cluster), 'utf8').catch(() => '')).slice(-2000);
      throw new Error(`PostgreSQL did not start; the end of its log: ${log}`);
    }
    await delay(20);
  }
};

const runSql = async (
  { programs, superuser, password }: Cluster,
  port: number,
  text: string,
  database: string,
): Promise<string> => {
  const run = promisify(execFile)(join(programs, 'psql'), ['-XAtqw', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
    env: {
      PATH: process.env.PATH,
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: superuser,
      PGPASSWORD: password,
      PGDATABASE: database,
    },
    maxBuffer: 256 * 1024 * 1024,
  });
  run.child.stdin?.end(text);
  return (await run).stdout.trimEnd();
};

/**
 * Makes a new cluster and starts it. It is made for speed, not for durability: nothing is flushed to disk.
 *
 * @throws when no server is installed, or with the end of its log when it does not start within 30 s.
 */
export const startPostgresServer = async (options: PostgresServerOptions = {}): Promise<PostgresServer> => {
  const cluster = await makeCluster(options);
  const { programs, folder, superuser, password } = cluster;
  let port = 0;
  let postmaster: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    port = await freePort();
    const child = await launch(cluster, port);
    postmaster = child;
    await untilReady(cluster, child);
  };
  const end = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    const child = postmaster;
    postmaster = undefined;
    if (child === undefined) return;
    child.kill(signal);
    await ended(child);
  };
  const server: PostgresServer = {
    programs,
    get port() {
      return port;
    },
    password,
    socketFolder: folder,
    url: (database = 'postgres') =>
      `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    sql: (text, database = 'postgres') => runSql(cluster, port, text, database),
    crash: () => end('SIGQUIT'),
    start,
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
};
