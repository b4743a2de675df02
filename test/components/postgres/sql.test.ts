import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { databaseName, sql } from '../../../lib/components/postgres/server/sql.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { testSeed } from '../../random-pieces.ts';

const seed = testSeed();
console.log(`postgres-sql: SEED=${seed}`);

describe('SQL for psql [B8]', () => {
  test('has nothing of a value in it but hexadecimal digits', () => {
    const value = fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(value, (text) => {
        const hex = Buffer.from(text).toString('hex');
        const expression = `pg_catalog.convert_from(pg_catalog.decode('${hex}', 'hex'), 'UTF8')`;
        expect(sql`SELECT ${text}`.text).toBe(`SELECT ${expression}`);
        expect(databaseName(text).text).toBe(
          expression.replace("'UTF8'", 'pg_catalog.getdatabaseencoding()'),
        );
      }),
      { seed },
    );
  });

  test('takes what it made itself for SQL, and never a text', () => {
    const where = sql`WHERE name = ${"'x'"}`;
    expect(sql`SELECT ${where}, ${'WHERE true'}`.text).toBe(
      "SELECT WHERE name = pg_catalog.convert_from(pg_catalog.decode('277827', 'hex'), 'UTF8'), " +
        "pg_catalog.convert_from(pg_catalog.decode('57484552452074727565', 'hex'), 'UTF8')",
    );
  });

  test.each(['a\0b', '\0', 'half \ud800 of one', '\udc00'])('has no place for %j', (value) => {
    for (const make of [() => sql`SELECT ${value}`, () => databaseName(value)]) {
      expect(make).toThrow(HoldfastError);
      expect(make).toThrow(/is not a text for PostgreSQL/);
    }
  });

  test('cannot be written with what psql reads as its own', () => {
    for (const make of [
      () => sql`SELECT 1 \\! id`,
      () => sql`\\set x 1`,
      () => sql`SELECT :name`,
      () => sql`SELECT :'name'`,
      () => sql`SELECT :"name"`,
      () => sql`SELECT :{?name}`,
    ])
      expect(make).toThrow(/its own language/);
    expect(sql`SELECT '1'::int`.text).toBe("SELECT '1'::int");
  });

  test('cannot be made of a text that was put together', () => {
    const strings = Object.assign(['SELECT 1; DROP TABLE t'], { raw: ['SELECT 1; DROP TABLE t'] });
    expect(() => sql(strings)).toThrow(/written as a template/);
  });
});
