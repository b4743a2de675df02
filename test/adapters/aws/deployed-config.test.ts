/** A configuration that a deployment hands to the functions through S3, tested on a stub of S3. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  readConfig,
  requireSameInstallation,
  writeConfig,
} from '../../../lib/adapters/aws/deployed-config.ts';
import { noFaults, refusal } from '../../stubs/faults.ts';
import { type StubbedBuckets, startStubbedBuckets } from './buckets/stubbed-bucket.ts';

const store = { bucket: 'trial-archives', table: 'trial-catalog' };
const text = JSON.stringify({ components: [{ id: 'uploads', kind: 's3', bucket: 'trial-uploads' }] });

let stubbed: StubbedBuckets;
beforeEach(async () => {
  stubbed = await startStubbedBuckets();
  stubbed.s3.bucket(store.bucket);
});
afterEach(() => stubbed.close());

describe('a configuration of a deployment [K8]', () => {
  test('is read as it was written, under a key that is its own', async () => {
    const { client } = stubbed;
    const key = await writeConfig(client, store, text);
    expect(key).toMatch(/^config\/[0-9a-f]{64}\.json$/);
    expect(await writeConfig(client, store, text)).toBe(key);
    expect(await writeConfig(client, store, `${text} `)).not.toBe(key);
    const { components, installation } = await readConfig(client, store, key);
    expect([installation, components]).toMatchObject(['holdfast', [{ bucket: 'trial-uploads' }]]);
  });

  test.each([
    ['{', /cannot be deployed: it cannot be read as JSON/],
    ['{"components": [{"id": "a", "kind": "s3"}]}', /component "a".*bucket/],
    [
      JSON.stringify({ components: [{ id: 'own', kind: 's3', bucket: store.bucket }] }),
      /each backup would contain all earlier ones/,
    ],
    [
      JSON.stringify({ components: [{ id: 'own', kind: 'dynamodb', table: store.table }] }),
      /the catalog of Holdfast itself/,
    ],
  ])('is not kept when it is wrong: %s', async (wrong, message) => {
    await expect(writeConfig(stubbed.client, store, wrong)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
    expect(stubbed.s3.keys(store.bucket)).toEqual([]);
  });

  test('is kept though the right to keep it is not known everywhere yet', async () => {
    let denied = 2;
    stubbed.faults.rule = () => (denied-- > 0 ? refusal(403, 'AccessDenied') : undefined);
    const patience = { tries: 3, pauseMilliseconds: 1 };
    expect(await writeConfig(stubbed.client, store, text, patience)).toMatch(/^config\//);
    denied = 3;
    await expect(writeConfig(stubbed.client, store, text, patience)).rejects.toMatchObject({
      code: 'place_unwritable',
    });
  });

  test('that somebody has written over is not used', async () => {
    const key = await writeConfig(stubbed.client, store, text);
    const Body = text.replace('trial-uploads', 'somebody-elses');
    await stubbed.client.send(new PutObjectCommand({ Bucket: store.bucket, Key: key, Body }));
    await expect(readConfig(stubbed.client, store, key)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('somebody has overwritten it'),
    });
  });

  test('that is gone is named; when S3 does not answer, another try may help', async () => {
    const key = await writeConfig(stubbed.client, store, text);
    stubbed.faults.rule = () => refusal(503, 'SlowDown');
    await expect(readConfig(stubbed.client, store, key)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'unavailable',
    });
    stubbed.faults.rule = noFaults;
    await expect(readConfig(stubbed.client, store, key.replace('config/', 'config/x'))).rejects.toMatchObject(
      {
        code: 'config_invalid',
        message: expect.stringContaining('deploy it again'),
      },
    );
  });
});

test('an installation is not deployed over another, whose keys would open for neither', () => {
  const of = (installation?: string): string => JSON.stringify({ ...JSON.parse(text), installation });
  expect(() => requireSameInstallation(of('acme-prod'), of('acme-prod'))).not.toThrow();
  expect(() => requireSameInstallation(of(), of('holdfast'))).not.toThrow();
  expect(() => requireSameInstallation(of('acme-prod'), of('acme_prod'))).toThrow(
    'what is deployed here is the installation "acme-prod", and the configuration is that of "acme_prod"',
  );
});
