import { describe, expect, test } from '@jest/globals';
import { databaseNamed, ownTarget } from '../../../lib/components/postgres/plan/target-name.ts';
import {
  conninfo,
  parseConnectionUrl,
  placeOf,
  redact,
} from '../../../lib/components/postgres/server/connection.ts';
import { toldWords } from '../../../lib/components/postgres/server/tool-process.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { postgresSettings, secretsOf } from './sample.ts';

const parse = (url: string) => parseConnectionUrl(url, 'env:APP_URL');

const refusalOf = (url: string): string => {
  try {
    parse(url);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'component_unavailable') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('a PostgreSQL connection URL', () => {
  test('is taken apart as libpq does', () => {
    const connection = parse('postgresql://app:s%40cret@db.example.com:6432/my%20app?sslmode=verify-full');
    expect(connection.environment).toEqual({
      PGHOST: 'db.example.com',
      PGPORT: '6432',
      PGUSER: 'app',
      PGPASSWORD: 's@cret',
    });
    expect(connection.database).toBe('my app');
    expect(connection.parameters.sslmode).toBe('verify-full');
    expect(placeOf(connection)).toBe('database "my app" on db.example.com:6432');
  });

  test.each([
    ['postgres:///app?host=/run/postgresql', '/run/postgresql', undefined],
    ['postgres://%2Frun%2Fpostgresql/app', '/run/postgresql', undefined],
    ['postgres://[2001:db8::1]:5433/app', '2001:db8::1', '5433'],
    ['postgres://one:5432,two:5433/app', 'one,two', '5432,5433'],
    ['postgres://one,two/app', 'one,two', undefined],
    ['postgres://host/?dbname=app', 'host', undefined],
  ])('finds host and port in %s', (url, host, port) => {
    const { environment, database } = parse(url);
    expect([environment.PGHOST, environment.PGPORT, database]).toEqual([host, port, 'app']);
  });

  test('a password with ? # : & and without percent-encoding is kept whole', () => {
    expect(parse('postgres://u:a?b#c:d&e=%25@h/app').environment.PGPASSWORD).toBe('a?b#c:d&e=%');
  });

  test('ssl=true means that TLS is required', () => {
    expect(parse('postgres://h/app?ssl=true').parameters.sslmode).toBe('require');
  });

  test.each([
    ['mysql://u:hunter2@h/app', 'not a connection URL'],
    ['postgres://u:hunter2@h', 'names no database'],
    ['postgres://u:hunter2@h/', 'names no database'],
    ['postgres://u:hunter2%@h/app', 'percent-encoded'],
    ['postgres://u:hunter2%00@h/app', 'NUL'],
    ['postgres://u:hunter2\0@h/app', 'NUL'],
    ['postgres://u:hunter2@h/app?sslmode=a\0b', 'NUL'],
    ['postgres://u:pw@hunter2@h/app', 'percent-encode'],
    ['postgres://u:1/hunter2@h/app', 'percent-encode'],
    ['postgres://u:1?hunter2=/@h/app', 'percent-encode'],
    ['postgres://u:hunter2/x@h/app', 'percent-encode'],
    ['postgres://u:hunter2@h:port/app', 'percent-encode'],
    ['postgres://u:hunter2@h/app?pool=5', 'unknown parameter "pool"'],
    ['postgres://u:hunter2@h/app?service=main', 'unknown parameter "service"'],
    ['postgres://u@h/app?sslpassword=hunter2', 'sslpassword is not supported'],
    ['postgres://u:hunter2@h/app?sslmode', 'name=value'],
  ])('refuses %s with a sentence that names the secret and not what is in it', (url, why) => {
    const message = refusalOf(url);
    expect(message).toContain('env:APP_URL');
    expect(message).toContain(why);
    expect(message).not.toContain('hunter2');
  });

  test('hands over no secret in arguments', () => {
    const connection = parse("postgres://us:hunter2@h/it's%5Capp?password=hunter3&user=us");
    expect(conninfo(connection)).toMatch(/^dbname='it\\'s\\\\app' /);
    expect(conninfo(connection)).not.toMatch(/hunter|us'/);
  });

  test('a password is blanked out of whatever a tool says', () => {
    const connection = parse('postgres://us:p%40ss@h/app');
    expect(redact(connection, 'tried p@ss and p%40ss')).toBe('tried *** and ***');
  });
});

describe("a database's name as a restore target", () => {
  const settings = postgresSettings({ env: 'APP_URL' });
  const secrets = secretsOf({ APP_URL: 'postgres://u:pw@h/app', OTHER: 'postgres://v:qw@i/other' });
  const named = (target: string) => databaseNamed(target, { settings, secrets });

  test('is by default the name of the secret', async () => {
    expect(ownTarget(settings)).toBe('env:APP_URL');
    expect((await named('env:APP_URL')).connection.database).toBe('app');
  });

  test('may be another secret that holds a URL', async () => {
    const { connection } = await named('env:OTHER');
    expect([connection.database, connection.server]).toEqual(['other', 'i:5432']);
  });

  test("may be another database on the component's own server", async () => {
    const { connection, neighbours } = await named('app copy');
    expect([connection.database, connection.server]).toEqual(['app copy', 'h:5432']);
    expect(neighbours[0]).toBe('app');
  });

  test.each([
    ['postgres://u:hunter2@h/app', 'name the secret that has the URL'],
    ['a\nb', 'control characters'],
    ['é'.repeat(32), 'at most 63 bytes'],
    ['template1', 'the template of every new database'],
  ])('is refused as %j', async (target, why) => {
    const refused = named(target);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.not.toThrow('hunter2');
  });
});

describe("a tool's words in a record", () => {
  test('are its errors and hints, without the command and the rows it stumbled over', () => {
    const words = [
      'pg_restore: while PROCESSING TOC:',
      'pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax',
      'CONTEXT:  COPY t, line 1, column x: "private',
      'and more of it"',
      'HINT:  Try again.',
      'Command was: COPY public.t (x)',
      '  FROM stdin;',
    ].join('\n');
    expect(toldWords(words)).toBe(
      'pg_restore: while PROCESSING TOC: pg_restore: error: COPY failed for table "t": ' +
        'ERROR:  invalid input syntax HINT:  Try again.',
    );
  });
});
