/**
 * Imports archives that anybody can make into a real server: no value that describes their components is ever
 * executed.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { backUp, pool } from '../../components/postgres/archive.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { Installation } from '../installation.ts';
import { uploadArchive } from '../transfer/transfers.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

const passphrase = 'befit-brakeman-footstep-unclasp';
describeWithPostgres('values that come to a server from outside', () => {
  let server: PostgresServer;
  let installation: Installation;
  let trap: string;

  beforeAll(async () => {
    trap = await mkdtemp(join(tmpdir(), 'holdfast-trap-'));
    server = await startPostgresServer();
    installation = await Installation.start({
      config: () => ({ components: [{ id: 'database', kind: 'postgres', url: { env: 'APP_URL' } }] }),
      env: { APP_URL: server.url() },
    });
  });
  afterAll(async () => {
    await pool.close();
    await installation?.close();
    await server?.stop();
    await rm(trap, { recursive: true, force: true });
  });

  /** Imports an archive, and makes its signer known. */
  const bringIn = async (bytes: Buffer, verifyKey: string): Promise<void> => {
    await installation.api.post('/v1/verify-keys', { installation: 'stranger', publicKey: verifyKey });
    expect(await uploadArchive(installation.api, bytes)).toMatchObject({ state: 'SUCCESS' });
  };

  test('the details of a signed archive run no command, and make no database [B8]', async () => {
    await server.sql('CREATE TABLE t AS SELECT 1 AS n');
    const sound = await backUp({ url: server.url() });
    const collate = `x\` touch ${join(trap, 'ran')} \``;
    const made = await sound.withDetails({ encoding: 'UTF8\0', collate }, passphrase);
    await bringIn(made.file, made.archive.signature.verifyKey);
    for (const dryRun of [true, false]) {
      const targets = { database: 'must not be made' };
      const { backupId } = made.archive.manifest;
      const restore = await installation.api.restore(backupId, { passphrase, targets, dryRun });
      expect(restore).toMatchObject({ state: 'FAILED' });
      expect(restore.shortError).toMatch(
        /"database" of the archive is not described .*encoding: is not the name of an encoding/,
      );
    }
    expect(await readdir(trap)).toEqual([]);
    expect(await server.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'must%'")).toBe('0');
  });

  test('details are refused whatever the kind, and drive no terminal that shows the log [B8]', async () => {
    const tree = { segments: [Buffer.alloc(1024)], details: { note: 'a\u001b]0;owned\u0007\u009b2J' } };
    const id = `nightly-${randomUUID()}`;
    const { bytes, signing } = await makeSampleArchive({
      passphrase,
      head: { backupId: id },
      components: {
        files: { ...tree, kind: 'directory' },
        objects: { ...tree, kind: 's3', details: { bucket: 'a\nb', prefix: '', versioned: false } },
        items: { ...tree, kind: 'dynamodb', details: { schema: { tags: { 'a\u202e': 'b' } } } },
      },
    });
    await bringIn(bytes, signing.verifyKey);
    for (const component of ['files', 'objects', 'items']) {
      const targets = { [component]: installation.path(component) };
      const restore = await installation.api.restore(id, { passphrase, targets, components: [component] });
      expect(restore).toMatchObject({ state: 'FAILED' });
      expect(restore.shortError).toContain('holds control characters; nothing was touched');
    }
    expect(installation.log).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    const made = await readdir(installation.folder);
    expect(made.filter((name) => ['files', 'objects', 'items'].includes(name))).toEqual([]);
  });

  test('a target passes through the workflow as the text it is, whatever that would mean there [B8]', async () => {
    const target = "States.Format('{}', $.fence) $$.Execution.Id \\{}";
    const [{ id }] = (await installation.api.get('/v1/backups')).body.resources;
    const targets = { files: `/${target}` };
    const restore = await installation.api.restore(id, { passphrase, targets, components: ['files'] });
    expect(restore.shortError).toContain(`cannot be restored to /${target}: `);
    expect(restore.components.files.target).toBe(`/${target}`);
  });

  test("an archive's name is no more than a file name in the headers of its download [B8]", async () => {
    const fileName = `a";filename="evil.html;x='<b>.tar`;
    const backup = await installation.api.backup({ fileName });
    expect(backup).toMatchObject({ state: 'SUCCESS', fileName });
    const { api } = installation;
    const { headers } = await fetch(`${api.url}/v1/backups/${backup.id}/file`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${api.token}` },
    });
    const [, name = ''] =
      /^attachment; filename\*=UTF-8''([\w.%~-]+)$/.exec(headers.get('content-disposition') ?? '') ?? [];
    expect(decodeURIComponent(name)).toBe(fileName);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
