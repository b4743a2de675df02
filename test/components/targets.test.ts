import { expect, test } from '@jest/globals';
import { componentFor, componentFromTarget } from '../../lib/components/index.ts';
import { componentSchema } from '../../lib/model/components/component-table.ts';

const configured = {
  directory: { path: '/srv/files' },
  postgres: { url: { env: 'APP_DATABASE_URL' } },
  s3: { bucket: 'uploads' },
  dynamodb: { table: 'orders' },
};
type Kind = keyof typeof configured;
const ofKind = (kind: Kind) => componentFor(componentSchema.parse({ id: 'it', kind, ...configured[kind] }));

test.each<[Kind, string, string]>([
  ['directory', '/srv/restored', '/srv/restored'],
  ['postgres', 'env:OTHER_URL', 'env:OTHER_URL'],
  ['postgres', 'file:/etc/url', 'file:/etc/url'],
  ['postgres', 'secretsManager:other', 'secretsManager:other'],
  ['s3', 'other-bucket', 's3://other-bucket/'],
  ['s3', 's3://other-bucket/below/', 's3://other-bucket/below/'],
  ['dynamodb', 'orders-restored', 'orders-restored'],
])('%s restores to %s, also where it is not configured [T6]', (kind, target, named) => {
  ofKind(kind).checkTarget(target);
  expect(componentFromTarget('it', kind, target).target).toBe(named);
});

test.each<[Kind, string, RegExp]>([
  ['directory', 'srv/restored', /absolute path/],
  ['directory', '/srv/\0', /absolute path/],
  ['postgres', 'postgres://me:s3cr3t@host/db', /a URL may have a password/],
  ['postgres', 'file:url', /absolute path/],
  ['postgres', 'env:A\0B', /NUL character/],
  ['postgres', 'template1', /template of every new database/],
  ...['holdfast-abc123-s3alias', 's3://point-x-s3alias/kept', 'object-lambda--ol-s3', 'mf1.mrap'].map(
    (target): [Kind, string, RegExp] => ['s3', target, /is an access point: name its bucket instead/],
  ),
  ['directory', 's3://holdfast-abc123-s3alias/kept/', /is an access point/],
  ['s3', 'No Bucket', /s3:\/\/bucket\/prefix/],
  ['s3', `s3://bucket/${'x'.repeat(1025)}`, /s3:\/\/bucket\/prefix/],
  ['dynamodb', 'a table', /3 to 255/],
])('%s refuses the target %j with the rule, configured or not', (kind, target, rule) => {
  for (const check of [
    () => ofKind(kind).checkTarget(target),
    () => componentFromTarget('it', kind, target),
  ]) {
    expect(check).toThrow(rule);
    expect(check).not.toThrow(/s3cr3t/);
  }
});

test('a bare database name needs a component that knows the server', () => {
  ofKind('postgres').checkTarget('restored');
  expect(() => componentFromTarget('it', 'postgres', 'restored')).toThrow(/secretsManager:NAME/);
});

test('a kind of a newer version is refused by name', () => {
  expect(() => componentFromTarget('it', 'queue', 'x')).toThrow(/kind queue.*newer/);
});
