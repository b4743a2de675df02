/**
 * Buckets and tables with customer-managed keys: each function that reads or writes them may use the key, but
 * only through that service.
 */
import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type FunctionName, functionNames } from '../../lib/infra/functions/function-table.ts';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { Component, RestoreTarget } from '../../lib/infra/store/component.ts';
import { awsFaults } from '../../lib/model/config/aws-config.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import { rightsOf, templateOf, templatesOf } from './synthesized.ts';

const arnOf = (id: string): string => `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
const config = {
  backupPaths: ['s3://trial-kept/archives'],
  aws: {
    restoreTargets: { buckets: ['trial-restored'], tables: ['trial-restored'] },
    kmsKeys: {
      buckets: {
        'trial-uploads': arnOf('uploads'),
        'trial-restored': arnOf('restored-bucket'),
        'trial-kept': arnOf('kept'),
      },
      tables: { 'trial-orders': arnOf('orders'), 'trial-restored': arnOf('restored-table') },
    },
  },
};

/** The actions on a key that each function may use, with the service through which it may use them. */
const onKey = (template: Template, key: RegExp, construct?: string) =>
  Object.fromEntries(
    functionNames.flatMap((functionName): [FunctionName, string[]][] => {
      const rights = rightsOf(template, functionName, construct).filter(({ resource }) => key.test(resource));
      if (rights.length === 0) return [];
      return [
        [functionName, rights.map(({ action, condition }) => `${action} by ${serviceIn(condition)}`).sort()],
      ];
    }),
  );
const serviceIn = (condition: string): string =>
  (/^\{"StringEquals":\{"kms:ViaService":.*?"(\w+)\./.exec(condition) ?? [])[1] ?? 'anything';

describe('keys that holdfast.config.json names [K8]', () => {
  const { service } = templatesOf(config);

  test('of a bucket: read by captures, written by restores', () => {
    expect(onKey(service, /key\/uploads$/)).toEqual({
      capture: ['kms:Decrypt by s3'],
      'restore-component': ['kms:Decrypt by s3', 'kms:GenerateDataKey by s3'],
    });
  });

  test('of a table: read by exports and captures, written by restores', () => {
    const read = ['kms:Decrypt by dynamodb', 'kms:DescribeKey by dynamodb'];
    expect(onKey(service, /key\/orders$/)).toEqual({
      'plan-backup': read,
      capture: read,
      'restore-component': [
        'kms:Decrypt by dynamodb',
        'kms:DescribeKey by dynamodb',
        'kms:Encrypt by dynamodb',
        'kms:GenerateDataKey by dynamodb',
        'kms:ReEncryptFrom by dynamodb',
        'kms:ReEncryptTo by dynamodb',
      ],
    });
  });

  test('of a restore target: by restores alone', () => {
    expect(Object.keys(onKey(service, /key\/restored-bucket$/))).toEqual(['restore-component']);
    expect(Object.keys(onKey(service, /key\/restored-table$/))).toEqual(['restore-component']);
  });

  test('of a place of archives: written by whoever joins them, read by whoever opens them, and not by captures', () => {
    const rights = onKey(service, /key\/kept$/);
    expect(rights).toMatchObject({
      'seal-archive': ['kms:Decrypt by s3', 'kms:GenerateDataKey by s3'],
      'verify-archive': ['kms:Decrypt by s3'],
      'restore-component': ['kms:Decrypt by s3'],
    });
    expect(rights).not.toHaveProperty('capture');
  });

  test.each([
    [
      { buckets: { 'trial-upload': arnOf('a') } },
      'aws.kmsKeys.buckets.trial-upload',
      /bucket "trial-upload"/,
    ],
    [{ tables: { orders: arnOf('a') } }, 'aws.kmsKeys.tables.orders', /table "orders"/],
  ])('of what the configuration does not name is refused: %j', (kmsKeys, path, message) => {
    const parsed = configSchema.parse({ ...config, aws: { ...config.aws, kmsKeys } });
    expect(awsFaults(parsed)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  test('an alias is refused: no right can be given on it', () => {
    const kmsKeys = { buckets: { 'trial-uploads': 'arn:aws:kms:eu-central-1:111122223333:alias/uploads' } };
    expect(configSchema.safeParse({ ...config, aws: { kmsKeys } }).error?.issues).toMatchObject([
      {
        path: ['aws', 'kmsKeys', 'buckets', 'trial-uploads'],
        message: expect.stringContaining('not an alias'),
      },
    ]);
  });
});

describe('keys of an app [B20]', () => {
  const template = templateOf((stack) => {
    const key = (id: string) => new Key(stack, id);
    const bucket = (id: string) => new Bucket(stack, id, { encryptionKey: key(`${id}Key`) });
    const table = (id: string) =>
      new Table(stack, id, {
        partitionKey: { name: 'id', type: AttributeType.STRING },
        encryptionKey: key(`${id}Key`),
      });
    new Holdfast(stack, 'Backups', {
      components: [
        Component.bucket('uploads', bucket('Uploads')),
        Component.table('orders', table('Orders')),
      ],
      restoreTargets: [RestoreTarget.bucket(bucket('Back')), RestoreTarget.table(table('BackTable'))],
      backupPaths: [{ bucket: bucket('Kept'), prefix: 'archives' }],
    });
  });

  test.each([
    ['UploadsKey', ['capture', 'restore-component']],
    ['OrdersKey', ['plan-backup', 'capture', 'restore-component']],
    ['BackKey', ['restore-component']],
    ['BackTableKey', ['restore-component']],
  ])('%s may be used by %j alone', (id, functionTable) => {
    const rights = onKey(template, new RegExp(`^<${id}[0-9A-F]{8}\\.Arn>$`), 'Backups');
    expect(Object.keys(rights)).toEqual(functionTable);
    expect(JSON.stringify(rights)).not.toContain('by anything');
  });

  test('a place in a bucket of the app is written by whoever joins archives, by the path that it has when it is there', () => {
    const rights = rightsOf(template, 'seal-archive', 'Backups');
    expect(rights).toContainEqual({
      action: 's3:PutObject',
      resource: expect.stringMatching(/^<Kept[0-9A-F]{8}\.Arn>\/archives\/\*$/),
      condition: '',
    });
    const [config_] = Object.values(template.findResources('Custom::HoldfastConfiguration'));
    expect(JSON.stringify(config_?.Properties.Config)).toMatch(/s3:\/\/",\{"Ref":"Kept\w+"\},"\/archives/);
  });

  test('a place that lies in a component does not synthesize', () => {
    expect(() =>
      templateOf((stack) => {
        const bucket = new Bucket(stack, 'Uploads');
        new Holdfast(stack, 'Backups', {
          components: [Component.bucket('uploads', bucket)],
          backupPaths: [{ bucket, prefix: 'archives' }],
        });
      }),
    ).toThrow('each backup would contain all earlier ones');
  });
});
