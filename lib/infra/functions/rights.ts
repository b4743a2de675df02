/** Who may do what, by function: every right of every function stands here, on named resources. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { bucketPrefixes } from '../../model/aws-environment.ts';
import type { OperationKind } from '../../model/records/operation.ts';
import type { Place } from '../store/backup-places.ts';
import { type Component, type RestoreTarget, viaService } from '../store/component.ts';
import type { IHoldfastStore } from '../store/holdfast-store.ts';
import { type Outcomes, readingSecrets } from '../watch/outcomes.ts';
import { grantCatalogRights } from './catalog-rights.ts';
import { type FunctionName, functionNames } from './function-table.ts';
import type { InstallationFunction } from './installation-function.ts';
import { mergedStatements } from './merged-statements.ts';
import { executionsOf, machineArn, machineKinds } from './state-machines.ts';

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
  /** Names or ARNs in Secrets Manager of what senders to triggers sign with. */
  readonly triggerSecrets: readonly string[];
  /** Names or ARNs in Secrets Manager of what shows to issuers of tokens that it is Holdfast who asks. */
  readonly issuerSecrets: readonly string[];
  /** What a request may name in `backupPath`. */
  readonly places: readonly Place[];
  /** Of the longest resource. */
  readonly arnCharacters: number;
}

/** Whoever ends an operation that came to nothing, and removes all it has written: the API when a start fails or a dead holder is found, the failure path, the watch. */
const cleaners = [
  'api-backups',
  'api-archives',
  'api-uploads',
  'scheduled-backup',
  'triggered-backup',
  'fail-operation',
  'execution-ended',
  'sweep',
] as const satisfies readonly FunctionName[];

/** What reads archives. */
const readers = [
  ...cleaners,
  'seal-archive',
  'verify-archive',
  'complete-backup',
  'verify-backup',
  'open-archive',
  'restore-component',
  'verify-upload',
  'import-archive',
  'complete-import',
  'reseal-archive',
  'verify-resealed',
  'complete-reseal',
] as const satisfies readonly FunctionName[];

/** What writes whole objects: the archive, and the log file beside it. */
const joiners = [
  ...cleaners,
  'seal-archive',
  'complete-backup',
  'import-archive',
  'reseal-archive',
] as const satisfies readonly FunctionName[];

/** What removes archives: those of operations that came to nothing, and the first copy of one that took another's place. */
const removers = [...cleaners, 'complete-backup'] as const satisfies readonly FunctionName[];

/** What removes pieces that have served. */
const clearers = [
  ...joiners,
  'complete-import',
  'complete-reseal',
] as const satisfies readonly FunctionName[];

/** What sends notices; the API does to test a channel. */
const tellers = [
  'notify',
  'execution-ended',
  'sweep',
  'api-schedules',
] as const satisfies readonly FunctionName[];

/** Gives each function what its work needs. */
export const grantRights = (props: RightsProps): void => {
  grantCatalogRights(props.functions, props.store.table.tableArn);
  grantConfig(props);
  grantObjects(props);
  grantKeys(props);
  grantWorkflows(props);
  grantComponents(props);
  for (const functionName of tellers) props.functions[functionName].may(...props.outcomes.statements);
  props.functions['api-backups'].may(...readingSecrets(props.scope, props.triggerSecrets));
  props.functions['api-access'].may(...readingSecrets(props.scope, props.issuerSecrets));
};

/** One function writes configurations, all others read theirs; the page's asks for nothing. */
const grantConfig = ({ functions, store }: RightsProps): void => {
  const configs = [`${store.bucket.bucketArn}/${bucketPrefixes.config}*`];
  for (const functionName of functionNames.filter((one) => one !== 'console'))
    functions[functionName].allow([functionName === 'configure' ? 's3:PutObject' : 's3:GetObject'], configs);
};

const grantObjects = ({ functions, store, places }: RightsProps): void => {
  const bucket = store.bucket.bucketArn;
  const staging = `${bucket}/${bucketPrefixes.staging}*`;
  const uploads = `${bucket}/${bucketPrefixes.uploads}*`;
  const own: Place = { bucketArn: bucket, prefix: bucketPrefixes.archives };
  const archives = [own, ...places].map(({ bucketArn, prefix }) => `${bucketArn}/${prefix}*`);

  // Opening an upload leaves its mark; pieces are taken while the mark is there.
  functions['plan-backup'].allow(['s3:PutObject'], [staging, uploads]);
  functions.capture.allow(['s3:PutObject'], [staging]);
  for (const functionName of ['plan-backup', 'capture'] as const)
    functions[functionName].allow(['s3:GetObject'], [uploads]);

  functions['verify-upload'].allow(['s3:GetObject'], [staging]);

  // Joining notes its multipart upload, reads the pieces, writes the object, and clears the pieces away.
  // More pieces than one upload takes are joined in staging first; an upload that was noted is ended when all is cleared.
  for (const functionName of joiners) {
    functions[functionName].allow(['s3:PutObject'], archives);
    functions[functionName].allow(['s3:PutObject'], [staging, uploads]);
  }
  for (const functionName of clearers) {
    functions[functionName].allow(['s3:GetObject', 's3:DeleteObject'], [staging, uploads]);
    functions[functionName].allow(['s3:AbortMultipartUpload'], [...archives, staging]);
  }
  for (const functionName of readers) functions[functionName].allow(['s3:GetObject'], archives);
  for (const functionName of removers) functions[functionName].allow(['s3:DeleteObject'], archives);

  for (const { encryptionKey } of places) {
    for (const functionName of readers)
      functions[functionName].may(...viaService(encryptionKey, 's3', ['kms:Decrypt']));
    for (const functionName of joiners)
      functions[functionName].may(...viaService(encryptionKey, 's3', ['kms:GenerateDataKey']));
  }

  // Without the right to list, an object that is not there answers 403 instead of 404; and so it does where the right
  // is limited to prefixes, since a HEAD has none.
  const buckets = [...new Set([own, ...places].map(({ bucketArn }) => bucketArn))];
  for (const functionName of new Set<FunctionName>([...readers, ...clearers]))
    functions[functionName].allow(['s3:ListBucket'], buckets);
};

/** The encryption context says what a key is for; so does each right. lib/operations/keys/sealed-archive-key.ts makes them. */
const contextIs = (name: string, value: string) => ({
  StringEquals: { [`kms:EncryptionContext:${name}`]: value },
});

const grantKeys = ({ functions, store, installation }: RightsProps): void => {
  const wrap = [store.wrapKey.keyArn];
  const sign = [store.signKey.keyArn];
  // Keys are wrapped where they are made, and unwrapped only where archives are opened.
  functions['admin-token'].allow(['kms:Encrypt'], wrap, contextIs('installation', installation));
  functions['admin-token'].allow(['kms:GetPublicKey'], sign);
  functions['api-backups'].allow(['kms:Encrypt'], wrap, contextIs('purpose', 'archive-key'));
  functions['api-archives'].allow(['kms:Encrypt'], wrap, contextIs('purpose', 'operation-key'));
  functions['api-archives'].allow(['kms:Decrypt'], wrap, contextIs('installation', installation));
  functions['api-archives'].allow(['kms:Decrypt'], wrap, contextIs('purpose', 'archive-key'));
  // A backup whose own tasks open what they read back hands its new key over to them.
  for (const functionName of ['api-backups', 'scheduled-backup', 'sweep'] as const)
    functions[functionName].allow(['kms:Encrypt'], wrap, contextIs('purpose', 'operation-key'));
  for (const functionName of [
    'open-archive',
    'restore-component',
    'verify-backup',
    'verify-archive',
  ] as const)
    functions[functionName].allow(['kms:Decrypt'], wrap, contextIs('purpose', 'operation-key'));
  // An archive's manifest; the end of the audit trail, daily and for an export; and what somebody approves.
  for (const functionName of ['seal-archive', 'reseal-archive', 'sweep', 'api-access'] as const)
    functions[functionName].allow(['kms:Sign', 'kms:GetPublicKey'], sign);
  functions.sweep.allow(['kms:DescribeKey'], [...wrap, ...sign]);
  functions['api-keys'].allow(['kms:Encrypt', 'kms:Decrypt'], wrap, contextIs('installation', installation));
  functions['api-keys'].allow(['kms:GetPublicKey'], sign);
  // The addresses that schedules call after each run: lib/operations/schedules/schedule-ping.ts.
  functions['api-schedules'].allow(['kms:Encrypt'], wrap, contextIs('purpose', 'schedule-ping'));
  for (const functionName of tellers)
    functions[functionName].allow(['kms:Decrypt'], wrap, contextIs('purpose', 'schedule-ping'));
};

const starts = {
  'api-backups': ['backup'],
  'api-archives': ['restore', 'verify', 'reseal'],
  'api-uploads': ['import'],
  'scheduled-backup': ['backup'],
  'triggered-backup': ['backup'],
  // What no timer called for in time.
  sweep: ['backup'],
} as const satisfies Partial<Record<FunctionName, readonly OperationKind[]>>;
const starters = [
  'api-backups',
  'api-archives',
  'api-uploads',
  'scheduled-backup',
  'triggered-backup',
  'sweep',
] as const;

const grantWorkflows = ({ scope, functions, installation }: RightsProps): void => {
  for (const functionName of starters)
    functions[functionName].allow(
      ['states:StartExecution'],
      starts[functionName].map((kind) => machineArn(scope, installation, kind)),
    );
  // A contender asks after the holder; who finds it dead makes sure that it is.
  for (const functionName of [...starters, 'execution-ended'] as const)
    functions[functionName].allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      machineKinds.map((kind) => executionsOf(scope, installation, kind)),
    );
};

const grantComponents = ({
  functions,
  store,
  components,
  restoreInPlace,
  restoreTargets,
  arnCharacters,
}: RightsProps): void => {
  const written = [...(restoreInPlace ? components : []), ...restoreTargets];
  const give = (functionName: FunctionName, statements: PolicyStatement[]): void =>
    functions[functionName].may(...mergedStatements(statements, arnCharacters));
  give(
    'plan-backup',
    components.flatMap(({ rights }) => rights.plan),
  );
  give(
    'capture',
    components.flatMap(({ rights }) => rights.capture),
  );
  give(
    'open-archive',
    [...components, ...restoreTargets].flatMap(({ rights }) => rights.look),
  );
  give(
    'restore-component',
    written.flatMap(({ rights }) => rights.restore),
  );
  if (!components.some(({ settings }) => settings.kind === 'dynamodb')) return;
  // An export is written with the rights of whoever asks for it, and S3DataExport.Requesting.html names these three.
  const exports = `${store.bucket.bucketArn}/${bucketPrefixes.exports}*`;
  functions['plan-backup'].allow(['s3:PutObject', 's3:PutObjectAcl', 's3:AbortMultipartUpload'], [exports]);
  functions.capture.allow(['s3:GetObject'], [exports]);
};
