import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { Component } from '../../lib/infra/store/component.ts';
import { HoldfastStore } from '../../lib/infra/store/holdfast-store.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import { parseS3Place } from '../../lib/model/config/s3-place.ts';

const configOf = (prefix: string, ...backupPaths: string[]) =>
  configSchema.safeParse({
    components: [{ id: 'uploads', kind: 's3', bucket: 'acme-data', prefix }],
    backupPaths,
  });

describe('archives of the installation within a component', () => {
  test.each([
    ['', 's3://acme-data/backups'],
    ['', 's3://acme-data'],
    ['backups/', 's3://acme-data/backups/'],
    ['back', 's3://acme-data/backups'],
    ['backups/of/customers', 's3://acme-data/backups'],
  ])('are refused when the configuration is read: prefix "%s", place %s', (prefix, place) => {
    const parsed = configOf(prefix, 's3://elsewhere/x', place);
    expect(parsed.error?.issues).toMatchObject([
      {
        path: ['backupPaths'],
        message: expect.stringContaining('each backup would contain all earlier ones'),
      },
    ]);
  });

  test.each([
    ['customers/', 's3://acme-data/backups'],
    ['', 's3://acme-data-backups'],
    ['', '/srv/backups'],
  ])('are not where they lie beside it: prefix "%s", place %s', (prefix, place) => {
    expect(configOf(prefix, place).success).toBe(true);
  });

  test.each(['acme-kept-abcdef0123456789-s3alias', 'arn:aws:s3:eu-central-1:111122223333:accesspoint/kept'])(
    'are not hidden behind another name of their bucket: %s',
    (bucket) => {
      const components = [{ id: 'uploads', kind: 's3', bucket }];
      expect(configSchema.safeParse({ components }).error?.issues).toMatchObject([
        { path: ['components', 0, 'bucket'], message: expect.stringMatching(/access point|<=63/) },
      ]);
      expect(parseS3Place(`s3://${bucket}/backups`)).toBeUndefined();
    },
  );

  test('are refused in an app, by the names that it gives and by those that only a deployment knows', () => {
    const stack = new Stack(new App(), 'Stack');
    const store = new HoldfastStore(stack, 'Store');
    expect(
      () => new Holdfast(stack, 'Own', { store, components: [Component.bucket('own', store.bucket)] }),
    ).toThrow('each backup would contain all earlier ones');
    const named = { bucketName: 'acme-data', bucketArn: 'arn:aws:s3:::acme-data' };
    expect(
      () =>
        new Holdfast(stack, 'Places', {
          store,
          components: [Component.bucket('uploads', named)],
          backupPaths: ['s3://acme-data/backups'],
        }),
    ).toThrow('each backup would contain all earlier ones');
  });
});
