/**
 * What the smoke test deploys: sources and targets with their own keys, and an installation that can be
 * destroyed.
 */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { Trigger } from '../../lib/infra/starts/trigger.ts';
import { Component, RestoreTarget } from '../../lib/infra/store/component.ts';
import { HoldfastStore } from '../../lib/infra/store/holdfast-store.ts';

const removalPolicy = RemovalPolicy.DESTROY;

/** @param mail the address that SES notifies, and also the sender */
export const smokeStack = (
  app: App,
  { id, mail }: { readonly id: string; readonly mail: string | undefined },
): Stack => {
  const stack = new Stack(app, id, { description: 'Holdfast: smoke test; to be destroyed' });
  const encryptionKey = new Key(stack, 'Key', { removalPolicy });
  const bucket = (name: string): Bucket =>
    new Bucket(stack, name, {
      ...{
        encryptionKey,
        encryption: BucketEncryption.KMS,
        versioned: true,
        enforceSSL: true,
        removalPolicy,
      },
    });
  const [source, target] = [bucket('Source'), bucket('Target')];
  // TableV2 accepts a key only when the region is known during synthesis, so this uses Table.
  const table = new Table(stack, 'Table', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    ...{ encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey },
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy,
  });
  const topic = new Topic(stack, 'Asked', { enforceSSL: true });
  const targetTable = `${id}-restored`;
  const store = new HoldfastStore(stack, 'Store', { disposable: true });
  const holdfast = new Holdfast(stack, 'Holdfast', {
    ...{ store, installation: id },
    components: [Component.bucket('uploads', source), Component.table('orders', table)],
    restoreTargets: [RestoreTarget.bucket(target), RestoreTarget.tableNamed(stack, targetTable)],
    restoreInPlace: false,
    concurrency: 4,
    triggers: [
      Trigger.event('event', { source: ['smoke.test'] }, { label: 'smoke-event', waitMinutes: 5 }),
      Trigger.topic('asked', topic, { label: 'smoke-topic', waitMinutes: 5 }),
    ],
    ...(mail !== undefined && { email: { to: [mail], from: mail } }),
  });
  const outputs = {
    ...{ SourceBucket: source.bucketName, TargetBucket: target.bucketName, SourceTable: table.tableName },
    ...{ TargetTable: targetTable, TopicArn: topic.topicArn, ArchiveBucket: store.bucket.bucketName },
    ...{ WrapKeyArn: store.wrapKey.keyArn, ApiUrl: holdfast.url },
    AdminTokenFunction: holdfast.functions['admin-token'].functionName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `Smoke${name}`, { value });
  return stack;
};

/** The names of the outputs without their prefix. */
export const smokeOutputs = [
  ...['SourceBucket', 'TargetBucket', 'SourceTable', 'TargetTable', 'TopicArn', 'ArchiveBucket'],
  ...['WrapKeyArn', 'ApiUrl', 'AdminTokenFunction'],
] as const;

if (import.meta.main) {
  const app = new App();
  const { SMOKE_ID: id = 'holdfast-smoke', SMOKE_MAIL: mail } = process.env;
  smokeStack(app, { id, mail });
  app.synth();
}
