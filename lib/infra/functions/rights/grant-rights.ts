/** Gives every function the rights that its row names, on named resources, and no others. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { bucketPrefixes } from '../../../model/aws-environment.ts';
import type { Place } from '../../store/backup-places.ts';
import type { Component, RestoreTarget } from '../../store/component.ts';
import type { IHoldfastStore } from '../../store/holdfast-store.ts';
import { type Outcomes, readingSecrets } from '../../watch/outcomes.ts';
import { type FunctionName, functionNames, rowOf } from '../function-table.ts';
import type { InstallationFunction } from '../installation-function.ts';
import type { FunctionRow } from '../rows/function-row.ts';
import { executionsOf, machineArn, machineKinds } from '../state-machines.ts';
import { grantKeys } from './keys.ts';
import { mergedStatements } from './merged-statements.ts';
import { grantObjects } from './objects.ts';
import { grantRecords } from './records.ts';

export interface RightsProps {
  readonly scope: Construct;
  readonly installation: string;
  readonly functions: Readonly<Record<FunctionName, InstallationFunction>>;
  readonly store: IHoldfastStore;
  readonly components: readonly Component[];
  /** Whether restores may write onto the components' own sources. */
  readonly restoreInPlace: boolean;
  readonly restoreTargets: readonly RestoreTarget[];
  readonly outcomes: Outcomes;
  /** Names or ARNs in Secrets Manager of the keys that senders to triggers sign with. */
  readonly triggerSecrets: readonly string[];
  /** Names or ARNs in Secrets Manager of Holdfast's client secrets at issuers of tokens. */
  readonly issuerSecrets: readonly string[];
  /** The places that a request may name in `backupPath`. */
  readonly places: readonly Place[];
  /** Characters of the longest resource. */
  readonly arnCharacters: number;
}

export const grantRights = (props: RightsProps): void => {
  for (const functionName of functionNames)
    grantRow(props.functions[functionName], rowOf(functionName), props);
};

const grantRow = (granted: InstallationFunction, row: FunctionRow, props: RightsProps): void => {
  const { scope, store, outcomes } = props;
  if (row.records !== undefined) grantRecords(granted, row.records, store.table.tableArn);
  grantConfig(granted, row, store);
  if (row.objects !== undefined) grantObjects(granted, row.objects, props);
  if (row.keys !== undefined) grantKeys(granted, row.keys, props);
  grantExecutions(granted, row, props);
  grantComponents(granted, row, props);
  if (row.tells === true) {
    granted.may(...outcomes.statements);
    // The addresses that schedules call after each run.
    grantKeys(granted, { unwraps: ['schedule-ping'] }, props);
  }
  if (row.secrets === 'triggers') granted.may(...readingSecrets(scope, props.triggerSecrets));
  if (row.secrets === 'issuers') granted.may(...readingSecrets(scope, props.issuerSecrets));
};

const grantConfig = (
  granted: InstallationFunction,
  { config = 'read' }: FunctionRow,
  store: IHoldfastStore,
): void => {
  const configs = [`${store.bucket.bucketArn}/${bucketPrefixes.config}*`];
  if (config !== 'none') granted.allow([config === 'write' ? 's3:PutObject' : 's3:GetObject'], configs);
};

const grantExecutions = (
  granted: InstallationFunction,
  { starts = [], looksAfterExecutions }: FunctionRow,
  { scope, installation }: RightsProps,
): void => {
  if (starts.length > 0)
    granted.allow(
      ['states:StartExecution'],
      starts.map((kind) => machineArn(scope, installation, kind)),
    );
  if (looksAfterExecutions === true)
    granted.allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      machineKinds.map((kind) => executionsOf(scope, installation, kind)),
    );
};

const grantComponents = (
  granted: InstallationFunction,
  row: FunctionRow,
  { store, components, restoreInPlace, restoreTargets, arnCharacters }: RightsProps,
): void => {
  const statements: Readonly<Record<NonNullable<FunctionRow['components']>, () => PolicyStatement[]>> = {
    plan: () => components.flatMap(({ rights }) => rights.plan),
    capture: () => components.flatMap(({ rights }) => rights.capture),
    look: () => [...components, ...restoreTargets].flatMap(({ rights }) => rights.look),
    restore: () =>
      [...(restoreInPlace ? components : []), ...restoreTargets].flatMap(({ rights }) => rights.restore),
  };
  if (row.components !== undefined)
    granted.may(...mergedStatements(statements[row.components](), arnCharacters));
  if (row.exports === undefined || !components.some(({ settings }) => settings.kind === 'dynamodb')) return;
  // An export is written with the rights of its caller; S3DataExport.Requesting.html names these three.
  const writing = ['s3:PutObject', 's3:PutObjectAcl', 's3:AbortMultipartUpload'];
  granted.allow(row.exports === 'write' ? writing : ['s3:GetObject'], [
    `${store.bucket.bucketArn}/${bucketPrefixes.exports}*`,
  ]);
};
