import { expect, test } from '@jest/globals';
import { componentFor } from '../../lib/components/index.ts';
import { ownPlaceOf, type TargetIdentity, targetRelation } from '../../lib/components/target-identity.ts';
import { componentSchema } from '../../lib/model/components/component-table.ts';

const secrets = { resolve: () => Promise.reject(new Error('no secrets here')) };
const settings = {
  s3: { bucket: 'uploads', prefix: '' },
  dynamodb: { table: 'orders' },
  directory: { path: '/srv/files' },
  postgres: { url: { env: 'URL' } },
};
const at = (kind: keyof typeof settings, target: string): TargetIdentity =>
  componentFor(componentSchema.parse({ id: 'it', kind, ...settings[kind] })).identify({ secrets, target });

test.each([
  [at('dynamodb', 'orders'), at('dynamodb', 'orders'), 'same'],
  [at('dynamodb', 'orders'), at('dynamodb', 'orders-2'), 'apart'],
  [at('s3', 's3://a-bucket/x/'), at('directory', 's3://a-bucket/x/'), 'same'],
  [at('s3', 'a-bucket'), at('s3', 's3://a-bucket/'), 'same'],
  [at('s3', 's3://a-bucket/x/y'), at('s3', 's3://a-bucket/x/'), 'within'],
  [at('s3', 's3://a-bucket'), at('s3', 's3://a-bucket/x/'), 'around'],
  [at('s3', 's3://a-bucket/x/'), at('s3', 's3://a-bucket/y/'), 'apart'],
  [at('s3', 's3://a-bucket/x/'), at('s3', 's3://b-bucket/x/'), 'apart'],
  // A host without buckets and tables restores their contents to folders.
  [at('s3', '/nowhere/a'), at('dynamodb', '/nowhere/a/b'), 'around'],
  [at('directory', '/nowhere/a'), at('dynamodb', '/nowhere/b'), 'apart'],
  [at('directory', '/nowhere/a'), at('dynamodb', 'orders'), 'apart'],
  // Where a target cannot be examined, the plan gives the reason.
  [at('postgres', 'env:URL'), at('postgres', 'env:URL'), 'apart'],
] as const)(
  '%#: targets of one kind, and of several, are held against each other: [B7]',
  async (one, two, relation) => {
    expect(await targetRelation(one, two)).toBe(relation);
  },
);

const own = {
  paths: [],
  buckets: [
    { bucket: 'archives', prefix: '' },
    { bucket: 'shared', prefix: 'holdfast/' },
  ],
  tables: ['catalog'],
};
test.each([
  [at('s3', 's3://archives/restored/'), 's3://archives/'],
  [at('s3', 's3://shared/'), 's3://shared/holdfast/'],
  [at('directory', 's3://shared/holdfast/x'), 's3://shared/holdfast/'],
  [at('s3', 's3://shared/mine/'), undefined],
  [at('dynamodb', 'catalog'), 'catalog'],
  [at('dynamodb', 'orders'), undefined],
])("%#: a bucket or table of the installation's own is nobody's target [B7]", (identity, place) => {
  expect(ownPlaceOf(identity, own)).toBe(place);
});
