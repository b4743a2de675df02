import { expect, test } from '@jest/globals';
import { parseTableOfContents } from '../../lib/components/postgres/table-of-contents.ts';

test('a dump lists its relations, whatever spaces their names, schemas and owners hold', () => {
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
  expect(parseTableOfContents(listing, { owners: ['owner', 'app owner', 'postgres'] })).toEqual([
    { schema: 'my schema', name: 'a table' },
    { schema: 'my schema', name: 'a table_id_seq' },
    { schema: 'public', name: 'mv' },
    { schema: 'public', name: 'v' },
  ]);
});
