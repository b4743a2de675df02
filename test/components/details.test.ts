import { describe, expect, test } from '@jest/globals';
import { archivedDetails, capturedDetails } from '../../lib/components/details.ts';
import { directory } from '../../lib/components/directory/directory.ts';
import { dynamodb } from '../../lib/components/dynamodb/dynamodb.ts';
import { postgres } from '../../lib/components/postgres/postgres.ts';
import { s3 } from '../../lib/components/s3/s3.ts';
import { componentSchema } from '../../lib/model/components/component-table.ts';
import { visibleJson } from '../../lib/model/text/visible-text.ts';

const kinds = { directory, s3, dynamodb, postgres };
type Kind = keyof typeof kinds;

/** Details as the present version writes them. */
const sound = {
  directory: {},
  s3: { bucket: 'uploads', prefix: 'ünïcode & more/', versioned: true },
  dynamodb: {
    'items/0': 301,
    table: 'orders',
    method: 'export',
    consistent: '2026-11-20T03:00:00.000Z',
    schema: {
      key: [{ name: 'id', type: 'HASH' }],
      attributes: [{ name: 'id', type: 'S' }],
      tags: { team: 'größe' },
    },
  },
  postgres: {
    format: 'pg_dump custom',
    version: '17beta2',
    major: 17,
    toolVersion: '17.2',
    toolMajor: 17,
    database: 'shop "one"\nline',
    encoding: 'EUC_JIS_2004',
    collate: 'Norwegian (Bokmål)_Norway.1252',
    ctype: "Chinese (Simplified)_People's Republic of China.936",
    localeProvider: 'i',
    locale: 'de@collation=phonebook',
    owners: ['a\nb', '"', 'it’s'],
    grantees: [],
    required: [],
    extensions: ['plpgsql', 'uuid-ossp'],
    tablespaces: [],
    superusers: ['postgres'],
    searchPath: '"$user", public',
    fragile: [],
  },
};
const hostile = [
  'a\0b',
  'a\nb',
  '\r',
  '\t',
  '\u001b[2J',
  '\u007f',
  '\u0085',
  '\u009b',
  'a\u202eb',
  '\u2066',
  '\u2028',
  '\ud800',
];

const inArchive = (details: Record<string, never>) => ({
  component: 'it',
  archive: { manifest: { components: { it: { details } } } },
});
const cast = (details: unknown) => JSON.parse(JSON.stringify(details));

describe.each(Object.keys(kinds) as Kind[])('details of kind %s', (kind) => {
  const schema = kinds[kind].details;

  test('as a capture writes them are taken', () => {
    expect(capturedDetails(schema, sound[kind], 'it')).toEqual(sound[kind]);
  });

  test.each(hostile.map((text) => [visibleJson(JSON.stringify(text)), text]))(
    'with %s in them are refused, when captured and before a restore [B8]',
    (_, text = '') => {
      const places: unknown[] = [
        ...(kind === 'postgres'
          ? [
              'encoding',
              'collate',
              'ctype',
              'localeProvider',
              'locale',
              'version',
              'toolVersion',
              'format',
            ].map((field) => ({ [field]: text }))
          : [
              { note: text },
              { [text]: 'note' },
              { list: [{ deep: [text] }] },
              { schema: { ...sound.dynamodb.schema, tags: { [text]: 'x' } } },
              { prefix: text },
              { table: text },
            ]),
      ];
      for (const place of places) {
        const details = { ...sound[kind], ...cast(place) };
        expect(() => capturedDetails(schema, details, 'the table orders')).toThrow(
          expect.objectContaining({
            code: 'component_failed',
            message: expect.stringMatching(
              /^the table orders describes itself by values that an archive may not store/,
            ),
          }),
        );
        const refused = () => archivedDetails(schema, inArchive(details), kind);
        expect(refused).toThrow(
          expect.objectContaining({
            code: 'restore_refused',
            message: expect.stringContaining('nothing was touched'),
          }),
        );
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
        expect(refused).not.toThrow(/[\u0000-\u001f\u007f-\u009f\u202e\u2066\u2028\ud800]/);
      }
    },
  );

  test('that are none are refused', () => {
    for (const none of [undefined, null, [], 'text', 5])
      expect(() => archivedDetails(schema, inArchive(cast(none ?? null)), kind)).toThrow(
        /nothing was touched/,
      );
  });
});

test('names of PostgreSQL may hold anything but what no text can', () => {
  const { details } = postgres;
  for (const list of ['owners', 'grantees', 'required', 'extensions', 'tablespaces']) {
    const named = (name: string) => details.safeParse({ ...sound.postgres, [list]: [name] }).success;
    expect(named('line\nend \u001b[2J \u202e `id`')).toBe(true);
    expect([named('a\0b'), named('\ud800')]).toEqual([false, false]);
  }
});

test('a prefix with control characters is refused by the configuration, and as a target', () => {
  const settings = { id: 'it', kind: 's3', bucket: 'uploads' };
  expect(componentSchema.safeParse({ ...settings, prefix: 'a\nb/' }).success).toBe(false);
  expect(componentSchema.safeParse({ ...settings, prefix: 'a b/' }).success).toBe(true);
  expect(() => s3.settingsFromTarget('it', 's3://uploads/a\u001bb')).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
