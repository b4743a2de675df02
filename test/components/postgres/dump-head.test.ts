/** Holdfast reads the head of a dump as pg_dump wrote it, and writes one that pg_restore can read. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { parseDumpHead, writeDumpHead } from '../../../lib/components/postgres/dump/dump-head.ts';
import {
  changeRoles,
  decoderOf,
  rolesIn,
  statementsIn,
} from '../../../lib/components/postgres/dump/dump-text.ts';
import { readDumpHead } from '../../../lib/components/postgres/dump/read-dump.ts';
import { postgresMajors } from '../../servers/postgres-majors.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { failureOf, VARIED_SQL } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

describeWithPostgres.each(Object.entries(postgresMajors))('a dump of PostgreSQL %s', (_major, programsOf) => {
  const dumpOf = async (server: PostgresServer, database: string): Promise<Buffer> => {
    const args = ['-Fc', '-Z0', '--quote-all-identifiers', server.url(database)];
    const { stdout } = await promisify(execFile)(join(server.programs, 'pg_dump'), args, {
      encoding: 'buffer',
      maxBuffer: 1 << 28,
    });
    return stdout;
  };

  test('has a head that comes back byte by byte, wherever it is cut it asks for more [U4]', async () => {
    const programs = await programsOf();
    const server = await startPostgresServer({ programs });
    const file = join(tmpdir(), `head-${process.pid}.dump`);
    try {
      await server.sql('CREATE DATABASE varied');
      await server.sql(VARIED_SQL, 'varied');
      const dump = await dumpOf(server, 'varied');
      const { head, length } = (await parseDumpHead(dump)) ?? { length: 0 };
      if (head === undefined) throw new Error('no head');
      expect(writeDumpHead(head)).toEqual(dump.subarray(0, length));
      for (let at = 0; at < length; at += 97)
        expect(await parseDumpHead(dump.subarray(0, at))).toBeUndefined();
      // pg_restore accepts the rest of the dump.
      const tables = head.entries.filter(({ description }) => description !== 'INDEX');
      await writeFile(
        file,
        Buffer.concat([writeDumpHead({ ...head, entries: tables }), dump.subarray(length)]),
      );
      const listed = await promisify(execFile)(join(programs, 'pg_restore'), ['--list', file]);
      expect(listed.stdout).toContain('Bücher & mehr');
      expect(listed.stdout).not.toContain(' INDEX ');
      expect((await readFile(file)).length).toBeLessThan(dump.length);
    } finally {
      await rm(file, { force: true });
      await server.stop();
    }
  });
});

test('what is no dump, or one of a later format, is said so', async () => {
  const fail = (bytes: Buffer) => failureOf(parseDumpHead(bytes));
  expect((await fail(Buffer.from('-- SQL it is'))).message).toContain('it is no dump of pg_dump');
  expect((await fail(Buffer.from('PGDMP\u0001\u0063\0\u0004\u0008\u0001'))).message).toContain(
    'version 1.99',
  );
});

test('statements that grant are told apart, whatever names hold, and their roles are found', () => {
  const odd = '"a; GRANT x TO ""y"" FROM "';
  const text = `REVOKE ALL ON FUNCTION "s".${odd}(integer, "t") FROM PUBLIC;\nGRANT ALL ON TABLE "TO" TO ${odd} WITH GRANT OPTION;\n`;
  expect(statementsIn(text)).toHaveLength(2);
  expect(statementsIn(text).map(rolesIn)).toEqual([[], ['a; GRANT x TO "y" FROM ']]);
  const defaults =
    'ALTER DEFAULT PRIVILEGES FOR ROLE "FOR ROLE" IN SCHEMA "s" GRANT SELECT ON TABLES  TO "b";';
  expect(rolesIn(defaults)).toEqual(['FOR ROLE', 'b']);
  expect(changeRoles(defaults, (role) => (role === 'b' ? 'CURRENT_USER' : '"c"'))).toBe(
    'ALTER DEFAULT PRIVILEGES FOR ROLE "c" IN SCHEMA "s" GRANT SELECT ON TABLES  TO CURRENT_USER;',
  );
});

test('names are read in the encoding of the dump', () => {
  const of = (encoding: string) =>
    decoderOf([
      {
        ...{
          id: 1,
          hadDumper: 0,
          tableOid: null,
          oid: null,
          tag: 'ENCODING',
          description: 'ENCODING',
          section: 2,
        },
        ...{ definition: `SET client_encoding = '${encoding}';\n`, dropStatement: null, copyStatement: null },
        ...{ schema: null, tablespace: null, tableMethod: null, relationKind: 0, owner: null },
        ...{ dependencies: [], extra: '' },
      },
    ]);
  expect(of('LATIN1')('gr\u00fcn')).toBe('grün');
  expect(of('LATIN9')('\u00a4')).toBe('€');
  expect(of('UTF8')('\u00e2\u0082\u00ac')).toBe('€');
  expect(of('EUC_JP')('\u00c6\u00fc')).toBe('日');
  expect(of('SQL_ASCII')('\u00e9')).toBe('é');
});

test('a table of contents of more than a plan can have is refused [B7]', async () => {
  const int = (value: number): number[] => [
    0,
    value % 256,
    (value >> 8) % 256,
    (value >> 16) % 256,
    value >> 24,
  ];
  const start = (entries: number): Buffer =>
    Buffer.from([
      ...Buffer.from('PGDMP'),
      1,
      14,
      0,
      4,
      8,
      1,
      ...int(0),
      ...Array(7).fill(int(0)).flat(),
      ...Array(3).fill(int(0)).flat(),
      ...int(entries),
    ]);
  const refused = { code: 'restore_refused', message: expect.stringContaining('more than a plan can have') };
  expect(await parseDumpHead(start(500_000))).toBeUndefined();
  expect(await failureOf(parseDumpHead(start(500_001)))).toMatchObject(refused);
  const endless = Readable.from([
    start(2),
    Buffer.from(int(1)),
    ...Array(70).fill(Buffer.from([0, 255, 255, 255, 127, ...Buffer.alloc(1 << 20)])),
  ]);
  expect(await failureOf(readDumpHead(endless))).toMatchObject(refused);
});
