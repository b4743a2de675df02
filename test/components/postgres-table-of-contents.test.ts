import { expect, test } from '@jest/globals';
import { TableOfContents } from '../../lib/components/postgres/table-of-contents.ts';

const owners = ['owner', 'app owner', 'postgres'];

/** What is told of a listing that comes in pieces of so many bytes. */
const told = (listing: string, bytes = listing.length): TableOfContents => {
  const table = new TableOfContents({ owners });
  const all = Buffer.from(listing);
  for (let at = 0; at < all.length; at += bytes) table.take(all.subarray(at, at + bytes));
  return table;
};

test.each([1_000, 7, 1])(
  'a dump lists its relations, whatever spaces their names, schemas and owners hold, %i bytes at a time',
  async (bytes) => {
    const listing = `;
; Archive created at 2026-11-20 10:34:26 UTC
;     Format: CUSTOM
;
7; 2615 16388 SCHEMA - my schema app owner
892; 1247 16450 TYPE public mood postgres
217; 1259 16390 TABLE my schema a table app owner
3412; 0 0 SEQUENCE OWNED BY my schema a table_id_seq app owner
216; 1259 16389 SEQUENCE my schema a table_id_seq app owner
220; 1259 16405 MATERIALIZED VIEW public mv postgres
219; 1259 16401 VIEW public v stranger
230; 1259 16500 INDEX public by_name postgres
3400; 0 16390 TABLE DATA my schema a table app owner
`;
    expect(await told(listing, bytes).relations()).toEqual([
      { schema: 'my schema', name: 'a table' },
      { schema: 'my schema', name: 'a table_id_seq' },
      { schema: 'public', name: 'mv' },
      { schema: 'public', name: 'v' },
    ]);
  },
);

test('a dump that lists more than a plan takes is refused, and its listing not kept [B7]', () => {
  const line = '217; 1259 16390 TABLE public t postgres\n';
  expect(told(line.repeat(500_000), 65_536).excess).toBeUndefined();
  expect(told(line.repeat(500_001), 65_536).excess).toBe('has more than 500000 entries');
  expect(told(`217; 1259 16390 TABLE ${'x'.repeat(64 * 1024 * 1024)}`, 65_536).excess).toBe(
    'takes more than 67108864 bytes',
  );
});

test('names of schemas and owners are found in few steps, however many there are [B7]', async () => {
  const schemas = Array.from({ length: 5_000 }, (_, index) => `schema ${index}`);
  const listing = schemas
    .map((name) => `7; 2615 1 SCHEMA - ${name} app owner\n217; 1259 2 TABLE ${name} a table app owner\n`)
    .join('');
  const relations = await told(listing, 65_536).relations();
  expect(relations).toEqual(schemas.map((schema) => ({ schema, name: 'a table' })));
});
