/**
 * Parts of the smoke test that need no account: what it would deploy, and that its plan names everything it
 * does.
 */
import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { smokeOutputs, smokeStack } from '../smoke/app.ts';
import { smokeChecks } from '../smoke/checks.ts';
import { ESTIMATE, smokePlan } from '../smoke/plan.ts';
import { unbundled } from './synthesized.ts';

const template = Template.fromStack(
  smokeStack(new App(unbundled), { id: 'holdfast-smoke-1a2b3c', mail: 'ops@example.com' }),
);

test('the stack leaves nothing behind: whatever it makes goes with it', () => {
  const kept = Object.entries(template.toJSON().Resources).filter(
    ([, resource]) => Object(resource).DeletionPolicy === 'Retain',
  );
  expect(kept.map(([name]) => name)).toEqual([]);
});

test('the stack gives every output that the checks read, and sources under a key of their own', () => {
  for (const name of smokeOutputs) template.hasOutput(`Smoke${name}`, {});
  const buckets = Object.values(template.findResources('AWS::S3::Bucket'));
  expect(buckets.filter((one) => JSON.stringify(one).includes('aws:kms'))).toHaveLength(2);
});

test('the plan of a dry run names each check, each once, and stays below a dollar and ten minutes', () => {
  const plan = smokePlan({ id: 'holdfast-smoke-1a2b3c', account: 'the account of nobody' });
  for (const { id } of smokeChecks) expect(plan.split(`| ${id} |`)).toHaveLength(2);
  expect(ESTIMATE.dollars).toBeLessThan(1);
  expect(ESTIMATE.minutes).toBeLessThanOrEqual(10);
});
