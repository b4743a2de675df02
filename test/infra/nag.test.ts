import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from '../../lib/infra/acknowledge.ts';
import { installationOf, managedPoliciesOf, unbundled } from './synthesized.ts';

/** The findings without a recorded reason: the rule and its subject. */
const findingsIn = (app: App): string[] => {
  app.synth();
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
    );
};

/** Features that only some configurations have: mail, alarms by mail, separate places and targets. */
const everything = {
  domains: ['root', 'tenant'],
  backupPaths: ['s3://trial-elsewhere/archives'],
  triggers: [
    { id: 'released', kind: 'event', pattern: { source: ['aws.codepipeline'] } },
    { id: 'asked', kind: 'topic', topicArn: 'arn:aws:sns:eu-central-1:111122223333:asked' },
    { id: 'signed', kind: 'webhook', secrets: [{ secretsManager: 'holdfast/signed' }] },
  ],
  aws: {
    alarms: { email: ['night@example.com'] },
    restoreTargets: { buckets: ['trial-restored'], tables: ['trial-restored'] },
  },
};

/** The maximum number of components of an installation, with names of the maximum length. */
const many = (count: number, { keys = false } = {}) => {
  const components = Array.from({ length: count }, (_, index) => ({
    id: `component-${index}`,
    kind: 's3',
    bucket: `trial-${index}-`.padEnd(63, 'b'),
    prefix: 'live/',
  }));
  const keyArnOf = (index: number): string =>
    `arn:aws:kms:ap-northeast-1:111122223333:key/${String(index).padStart(8, '0')}-2222-3333-4444-555555555555`;
  const buckets = Object.fromEntries(components.map(({ bucket }, index) => [bucket, keyArnOf(index)]));
  return { components, ...(keys && { aws: { kmsKeys: { buckets } } }) };
};

describe('cdk-nag’s AwsSolutions rules', () => {
  test.each([
    [25, {}],
    [50, {}],
    [200, {}],
    [200, { keys: true }],
  ])('find nothing in an installation of %d components %j [K8]', (count, options) => {
    const app = new App(unbundled);
    const { service } = installationOf(app, many(count, options));
    expect(findingsIn(app)).toEqual([]);
    for (const { characters, ofRole } of managedPoliciesOf(Template.fromStack(service))) {
      expect(characters).toBeLessThanOrEqual(6_144);
      // The number of policies that IAM allows for one role, unless the account requests more.
      expect(ofRole).toBeLessThanOrEqual(10);
    }
  });

  test.each([
    ['the usual configuration', {}, {}],
    ['one that uses everything there is', everything, {}],
    ['one without components, schedules and mail', { components: [], schedules: [], notifications: {} }, {}],
    ['an installation that may be thrown away', {}, { disposable: true }],
  ])('find nothing without a reason in %s', (_, changes, store) => {
    const app = new App(unbundled);
    installationOf(app, changes, store);
    expect(findingsIn(app)).toEqual([]);
  });

  test('find what is not acknowledged, and it alone', () => {
    const app = new App(unbundled);
    const stack = new Stack(app, 'Test');
    const bucket = new Bucket(stack, 'Bucket', { enforceSSL: true });
    expect(findingsIn(app)).toEqual(['AwsSolutions-S1: Test/Bucket/Resource']);
    acknowledge(bucket, { 'AwsSolutions-S1': 'It is a test’s.' });
    expect(findingsIn(app)).toEqual([]);
  });
});
