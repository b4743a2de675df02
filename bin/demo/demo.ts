/**
 * The main job in one run: an embedded installation, a backup of real files and of a real PostgreSQL database, both
 * restored beside the originals, and compared. It runs the commands that you would type. Ends with 0 when everything is
 * the same.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findPostgresPrograms, type PostgresServer, startPostgresServer } from './postgres-server.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const holdfast = join(checkout, 'bin', 'holdfast.js');

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

class Demo {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  /** Runs a command of the command line, shows it, and returns its standard output. */
  run(...args: string[]): string {
    say(`\n$ npx holdfast ${args.join(' ')}`);
    const { status, stdout } = spawnSync(process.execPath, [holdfast, ...args], {
      cwd: this.folder,
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.stdout.write(stdout);
    if (status !== 0) throw new Error(`holdfast ${args[0]} ${args[1] ?? ''} ended with exit code ${status}`);
    return stdout;
  }

  /** Starts the server and waits until it answers. */
  async serve(): Promise<() => void> {
    say('\n$ npx holdfast serve --port 0 &');
    const server = spawn(process.execPath, [holdfast, 'serve', '--port', '0'], {
      cwd: this.folder,
      env: { ...this.env, HOLDFAST_LOG: 'warn' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    server.stderr.on('data', (piece) => {
      text += piece;
    });
    for (const deadline = Date.now() + 20_000; !/listens on/.test(text); await pause(20))
      if (server.exitCode !== null || Date.now() > deadline)
        throw new Error(`the server did not start:\n${text}`);
    say(text.replaceAll(/hf_\S+/g, 'hf_…').trimEnd());
    return () => void server.kill('SIGTERM');
  }
}

/** Real files: this project's own sources, and a few megabytes of a dependency's. */
const writeFiles = async (folder: string): Promise<void> => {
  await mkdir(folder);
  for (const name of ['lib', 'docs', 'statemachines', 'node_modules/zod', 'node_modules/typescript'])
    await cp(join(checkout, name), join(folder, name), { recursive: true, preserveTimestamps: true });
};

const fillDatabase = (server: PostgresServer): Promise<string> =>
  server.sql(
    `CREATE TABLE orders (id serial PRIMARY KEY, customer text NOT NULL, amount numeric(12, 2), placed timestamptz, note bytea);
     INSERT INTO orders (customer, amount, placed, note)
       SELECT 'customer ' || n, n * 1.25, timestamptz '2026-01-01' + n * interval '1 minute', decode(md5(n::text), 'hex')
       FROM generate_series(1, 100000) n;
     CREATE INDEX ON orders (placed);
     CREATE VIEW large_orders AS SELECT * FROM orders WHERE amount > 100000;`,
    'shop',
  );

const fingerprint = (server: PostgresServer, database: string): Promise<string> =>
  server.sql(
    `SELECT count(*), sum(amount), md5(string_agg(o::text, '' ORDER BY id)) FROM orders o`,
    database,
  );

const sameFiles = (a: string, b: string): boolean =>
  spawnSync('diff', ['-r', '--no-dereference', a, b], { stdio: 'inherit' }).status === 0;

const demo = async (folder: string, database: PostgresServer | undefined): Promise<boolean> => {
  const files = join(folder, 'files');
  await writeFiles(files);
  const components: object[] = [{ id: 'attachments', kind: 'directory', path: 'files' }];
  if (database !== undefined) {
    await database.sql('CREATE DATABASE shop');
    await fillDatabase(database);
    components.push({ id: 'database', kind: 'postgres', url: { env: 'SHOP_DATABASE_URL' } });
  }
  await writeFile(
    join(folder, 'holdfast.config.json'),
    `${JSON.stringify({ installation: 'demo', components }, null, 2)}\n`,
  );
  const run = new Demo(folder, {
    ...process.env,
    HOLDFAST_URL: '',
    HOLDFAST_TOKEN: '',
    HOLDFAST_DATA: '',
    ...(database !== undefined && { SHOP_DATABASE_URL: database.url('shop') }),
  });
  const stop = await run.serve();
  try {
    run.run('backup', 'create', '--label', 'demo', '--wait');
    const [id = ''] = /demo-[0-9a-f-]{36}/.exec(run.run('backup', 'list')) ?? [];
    const targets = [
      '--to',
      'attachments=restored',
      ...(database === undefined ? [] : ['--to', 'database=shop_restored']),
    ];
    run.run('backup', 'restore', id, ...targets, '--wait');

    say('');
    const filesSame = sameFiles(files, join(folder, 'restored'));
    say(`files:    ${filesSame ? 'the restored ones are identical' : 'DIFFERENT'}`);
    if (database === undefined) return filesSame;
    const before = await fingerprint(database, 'shop');
    const after = await fingerprint(database, 'shop_restored');
    say(
      `database: ${before === after ? `the restored one is identical (${before.split('|')[0]} rows)` : 'DIFFERENT'}`,
    );
    return filesSame && before === after;
  } finally {
    stop();
  }
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
const database = findPostgresPrograms() !== undefined ? await startPostgresServer() : undefined;
try {
  const same = await demo(folder, database);
  say(
    same
      ? '\nBacked up, restored, compared: all the same.'
      : '\nNot the same: this is a bug, please report it.',
  );
  if (database === undefined)
    say(
      '\nSKIPPED: the database. No PostgreSQL server is installed here; on Debian: apt-get install postgresql',
    );
  process.exitCode = same ? 0 : 1;
} finally {
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
}
