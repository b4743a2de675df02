import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { openKeyFile, readKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, downloadKey } from '../transfer/transfers.ts';

jest.setTimeout(120_000);

const password = 'a password for the journey';
const ROWS = 'SELECT md5(string_agg(id || text, chr(10) ORDER BY id)), count(*) FROM notes';

describeWithPostgres('a database in an archive', () => {
  let server: PostgresServer | undefined;
  let here: Installation | undefined;

  beforeAll(async () => {
    server = await startPostgresServer();
    await server.sql('CREATE DATABASE app');
    await server.sql(
      `CREATE TABLE notes (id int PRIMARY KEY, text text NOT NULL);
       INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 3000) n`,
      'app',
    );
    here = await Installation.start({
      config: () => ({ components: [{ id: 'database', kind: 'postgres', url: { env: 'APP_URL' } }] }),
      env: { APP_URL: server.url('app') },
    });
  });
  afterAll(() => Promise.all([here?.close(), server?.stop()]));

  testWith(
    'age',
    'tar',
    'zstd',
    'openssl',
  )('is laid into an empty one by RECOVER.md and pg_restore alone, to the letter [B5] [T1]', async () => {
    if (!server || !here) throw new Error('not all is up');
    const backup = await here.api.backup();
    const folder = here.path('by-hand');
    await mkdir(folder);
    await writeFile(here.path('archive.tar'), await downloadArchive(here.api, backup.id));
    const file = await downloadKey(here.api, backup.encryption.keyId, password);
    await writeFile(here.path('backup.key'), `${await openKeyFile(readKeyFile(file), password)}\n`);
    const text = execFileSync('tar', ['-xOf', here.path('archive.tar'), 'RECOVER.md'], { encoding: 'utf8' });
    const steps = [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block);
    const [, restore = ''] = /^```\n(createdb NAME &&.*?)^```$/ms.exec(text) ?? [];
    const [, pastErrors = ''] = /^```\n(createdb NAME\n.*?)^```$/ms.exec(text) ?? [];
    const url = new URL(server.url('app'));
    const [{ publicKey }] = (await here.api.get('/v1/verify-keys')).body.resources;
    const env = {
      PATH: process.env.PATH,
      ARCHIVE: here.path('archive.tar'),
      KEY: here.path('backup.key'),
      VERIFY_KEY: publicKey,
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: url.username,
      PGPASSWORD: server.password,
    };
    const bash = (input: string) => spawnSync('bash', [], { cwd: folder, input, encoding: 'utf8', env });
    const { status, stderr } = bash(`${steps.join('\n')}\n${restore.replaceAll('NAME', 'by_hand')}`);
    expect([status, stderr]).toEqual([0, '']);
    expect(await server.sql(ROWS, 'by_hand')).toBe(await server.sql(ROWS, 'app'));
    // Continues after errors: restores into an empty database, then again, when each object exists already
    // and is named.
    expect(bash(pastErrors.replaceAll('NAME', 'past_errors')).stderr).toBe('');
    expect(await server.sql(ROWS, 'past_errors')).toBe(await server.sql(ROWS, 'app'));
    bash(pastErrors.replace('createdb NAME\n', '').replaceAll('NAME', 'past_errors'));
    expect(readFileSync(join(folder, 'past_errors.errors'), 'utf8')).toMatch(
      /TABLE notes .*\n.*already exists/,
    );
  });
});
