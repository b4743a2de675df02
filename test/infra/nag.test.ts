import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from '../../lib/infra/acknowledge.ts';
import { installationOf, unbundled } from './synthesized.ts';

/** The findings that nobody has given a reason for: the rule, and what it is about. */
const findingsIn = (app: App): string[] => {
  app.synth();
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
    );
};

/** What only some configurations have: mail, alarms by mail, places and targets of their own. */
const everything = {
  domains: ['root', 'tenant'],
  backupPaths: ['s3://trial-elsewhere/archives'],
  aws: {
    alarms: { email: ['night@example.com'] },
    restoreTargets: { buckets: ['trial-restored'], tables: ['trial-restored'] },
  },
};

describe('cdk-nag’s AwsSolutions rules', () => {
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
