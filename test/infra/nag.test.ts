import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as z from 'zod';
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

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z
        .looseObject({ Roles: z.array(z.object({ Ref: z.string() })).default([]) })
        .default({ Roles: [] }),
    }),
  ),
});

/** As many as one installation may have, with names as long as they may be. */
const many = (count: number) => ({
  components: Array.from({ length: count }, (_, index) => ({
    id: `component-${index}`,
    kind: 's3',
    bucket: `trial-${index}-`.padEnd(63, 'b'),
    prefix: 'live/',
  })),
});

describe('cdk-nag’s AwsSolutions rules', () => {
  test.each([25, 50, 200])('find nothing in an installation of %d components [K8]', (count) => {
    const app = new App(unbundled);
    const { service } = installationOf(app, many(count));
    expect(findingsIn(app)).toEqual([]);
    const { Resources } = templateSchema.parse(app.synth().getStackByName(service.stackName).template);
    const roles = Object.values(Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::IAM::ManagedPolicy' ? Properties.Roles.map(({ Ref }) => Ref) : [],
    );
    // What IAM attaches to one role unless an account asks for more.
    for (const role of roles) expect(roles.filter((each) => each === role).length).toBeLessThanOrEqual(10);
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
