/** Who may do what, by duty: every right of every function stands here, on named resources. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { bucketPrefixes } from '../model/aws-environment.ts';
import type { OperationKind } from '../model/records/operation.ts';
import { grantCatalogRights } from './catalog-rights.ts';
import type { Component, RestoreTarget } from './component.ts';
import type { DutyName } from './duties.ts';
import type { DutyFunction } from './duty-function.ts';
import type { HoldfastStore } from './holdfast-store.ts';
import { mergedStatements } from './merged-statements.ts';
import type { Outcomes } from './outcomes.ts';
import { executionsOf, machineArn, machineKinds } from './state-machines.ts';

export interface RightsProps {
  readonly scope: Construct;
  readonly installation: string;
  readonly functions: Readonly<Record<DutyName, DutyFunction>>;
  readonly store: HoldfastStore;
  readonly components: readonly Component[];
  /** Whether restores may write onto the components' own sources. */
  readonly restoreInPlace: boolean;
  readonly restoreTargets: readonly RestoreTarget[];
  readonly outcomes: Outcomes;
  /** ARNs of the buckets and prefixes a request may name in `backupPath`. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly bucketArn: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
}

/** Whoever ends an operation that came to nothing, and removes all it has written: the API when a start fails or a dead holder is found, the failure path, the watch. */
const cleaners = [
  'api-backups',
  'api-archives',
  'api-uploads',
  'scheduled-backup',
  'fail-operation',
  'execution-ended',
  'sweep',
] as const satisfies readonly DutyName[];

/** What reads archives. */
const readers = [
  ...cleaners,
  'seal-archive',
  'verify-archive',
  'complete-backup',
  'verify-backup',
  'open-archive',
  'restore-component',
  'import-archive',
  'complete-import',
  'reseal-archive',
  'verify-resealed',
  'complete-reseal',
] as const satisfies readonly DutyName[];

/** What writes whole objects: the archive, and the log file beside it. */
const joiners = [
  ...cleaners,
  'seal-archive',
  'complete-backup',
  'import-archive',
  'reseal-archive',
] as const satisfies readonly DutyName[];

/** What removes archives: those of operations that came to nothing, and the first copy of one that took another's place. */
const removers = [...cleaners, 'complete-backup'] as const satisfies readonly DutyName[];

/** What removes pieces that have served. */
const clearers = [...joiners, 'complete-import', 'complete-reseal'] as const satisfies readonly DutyName[];

const tellers = ['notify', 'execution-ended', 'sweep'] as const satisfies readonly DutyName[];

/** Gives each function what its duty needs. */
export const grantRights = (props: RightsProps): void => {
  grantCatalogRights(props.functions, props.store.table.tableArn);
  grantObjects(props);
  grantKeys(props);
  grantWorkflows(props);
  grantComponents(props);
  for (const duty of tellers) props.functions[duty].may(...props.outcomes.statements);
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
  for (const duty of ['plan-backup', 'capture'] as const) functions[duty].allow(['s3:GetObject'], [uploads]);

  // Joining notes its multipart upload, reads the pieces, writes the object, and clears the pieces away.
  // More pieces than one upload takes are joined in staging first; an upload that was noted is ended when all is cleared.
  for (const duty of joiners) {
    functions[duty].allow(['s3:PutObject'], archives);
    functions[duty].allow(['s3:PutObject'], [staging, uploads]);
  }
  for (const duty of clearers) {
    functions[duty].allow(['s3:GetObject', 's3:DeleteObject'], [staging, uploads]);
    functions[duty].allow(['s3:AbortMultipartUpload'], [...archives, staging]);
  }
  for (const duty of readers) functions[duty].allow(['s3:GetObject'], archives);
  for (const duty of removers) functions[duty].allow(['s3:DeleteObject'], archives);

  // Without the right to list, an object that is not there answers 403 instead of 404; and so it does where the right
  // is limited to prefixes, since a HEAD has none.
  const buckets = [...new Set([own, ...places].map(({ bucketArn }) => bucketArn))];
  for (const duty of new Set<DutyName>([...readers, ...clearers]))
    functions[duty].allow(['s3:ListBucket'], buckets);
};

/** The encryption context says what a key is for; so does each right. lib/operations/keys/archive-key.ts makes them. */
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
  for (const duty of ['open-archive', 'restore-component', 'verify-backup'] as const)
    functions[duty].allow(['kms:Decrypt'], wrap, contextIs('purpose', 'operation-key'));
  for (const duty of ['seal-archive', 'reseal-archive'] as const)
    functions[duty].allow(['kms:Sign', 'kms:GetPublicKey'], sign);
  functions['api-keys'].allow(['kms:Encrypt', 'kms:Decrypt'], wrap, contextIs('installation', installation));
  functions['api-keys'].allow(['kms:GetPublicKey'], sign);
};

const starts = {
  'api-backups': ['backup'],
  'api-archives': ['restore', 'verify', 'reseal'],
  'api-uploads': ['import'],
  'scheduled-backup': ['backup'],
} as const satisfies Partial<Record<DutyName, readonly OperationKind[]>>;
const starters = ['api-backups', 'api-archives', 'api-uploads', 'scheduled-backup'] as const;

const grantWorkflows = ({ scope, functions, installation }: RightsProps): void => {
  for (const duty of starters)
    functions[duty].allow(
      ['states:StartExecution'],
      starts[duty].map((kind) => machineArn(scope, installation, kind)),
    );
  // A contender asks after the holder; who finds it dead makes sure that it is.
  for (const duty of [...starters, 'execution-ended', 'sweep'] as const)
    functions[duty].allow(
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
}: RightsProps): void => {
  const written = [...(restoreInPlace ? components : []), ...restoreTargets];
  const give = (duty: DutyName, statements: PolicyStatement[]): void =>
    functions[duty].may(...mergedStatements(statements));
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
