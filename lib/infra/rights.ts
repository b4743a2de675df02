/** Who may do what, by duty: every right of every function stands here, on named resources. */
import type { Construct } from 'constructs';
import { bucketPrefixes, catalogIndexes } from '../model/aws-environment.ts';
import type { OperationKind } from '../model/records.ts';
import type { Component, RestoreTarget } from './component.ts';
import type { DutyName } from './duties.ts';
import type { DutyFunction } from './duty-function.ts';
import type { HoldfastStore } from './holdfast-store.ts';
import type { Outcomes } from './outcomes.ts';
import { executionsOf, machineArn, machineKinds } from './state-machines.ts';

export interface RightsProps {
  readonly scope: Construct;
  readonly installation: string;
  readonly functions: Readonly<Record<DutyName, DutyFunction>>;
  readonly store: HoldfastStore;
  readonly components: readonly Component[];
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

/** What may end an operation: its own last step, the failure path, whoever finds that nobody works on it any more. */
const enders = [
  'api-backups',
  'api-archives',
  'scheduled-backup',
  'complete-backup',
  'complete-restore',
  'complete-verify',
  'fail-operation',
  'execution-ended',
  'sweep',
] as const satisfies readonly DutyName[];

/** What removes, with an operation that came to nothing, all it has written. */
const cleaners = [
  'api-backups',
  'api-archives',
  'scheduled-backup',
  'fail-operation',
  'execution-ended',
  'sweep',
] as const satisfies readonly DutyName[];

const readers = [
  'verify-archive',
  'verify-backup',
  'open-archive',
  'restore-component',
  'seal-archive',
  ...cleaners,
] as const satisfies readonly DutyName[];

const tellers = ['notify', 'execution-ended', 'sweep'] as const satisfies readonly DutyName[];

/** Gives each function what its duty needs. */
export const grantRights = (props: RightsProps): void => {
  grantCatalog(props);
  grantObjects(props);
  grantKeys(props);
  grantWorkflows(props);
  grantComponents(props);
  for (const duty of tellers) props.functions[duty].may(...props.outcomes.statements);
};

const grantCatalog = ({ functions, store }: RightsProps): void => {
  const table = store.table.tableArn;
  const indexes = catalogIndexes.map(({ name }) => `${table}/index/${name}`);
  const { authorizer, ...others } = functions;
  authorizer.allow(['dynamodb:GetItem'], [table]);
  for (const each of Object.values(others)) {
    each.allow(['dynamodb:Query'], [table, ...indexes]);
    each.allow(
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
      [table],
    );
  }
  for (const duty of [...enders, 'notify'] as const) functions[duty].allow(['dynamodb:DeleteItem'], [table]);
};

const grantObjects = ({ functions, store, places }: RightsProps): void => {
  const bucket = store.bucket.bucketArn;
  const staging = `${bucket}/${bucketPrefixes.staging}*`;
  const uploads = `${bucket}/${bucketPrefixes.uploads}*`;
  const own: Place = { bucketArn: bucket, prefix: bucketPrefixes.archives };
  const archives = [own, ...places].map(({ bucketArn, prefix }) => `${bucketArn}/${prefix}*`);
  // Opening an upload leaves its mark; a piece goes beside it.
  functions['plan-backup'].allow(['s3:PutObject'], [staging, uploads]);
  functions.capture.allow(['s3:PutObject'], [staging]);

  // Joining reads the pieces, writes the archive, and clears the pieces away.
  functions['seal-archive'].allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [staging]);
  functions['seal-archive'].allow(['s3:DeleteObject'], [uploads]);
  const write = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
  functions['seal-archive'].allow(write, archives);
  // The log file, beside the archive.
  functions['complete-backup'].allow(write, archives);

  for (const duty of readers) functions[duty].allow(['s3:GetObject'], archives);
  for (const duty of cleaners) {
    functions[duty].allow([...write, 's3:DeleteObject'], archives);
    functions[duty].allow(['s3:GetObject', 's3:DeleteObject'], [staging, uploads]);
  }
  // Without the right to list, an object that is not there answers 403 instead of 404.
  const makers = ['staging', 'uploads'] as const;
  for (const duty of [...readers, 'complete-backup'] as const)
    for (const { bucketArn, prefix } of [own, ...places])
      functions[duty].allow(['s3:ListBucket'], [bucketArn], {
        StringLike: {
          's3:prefix': [
            `${prefix}*`,
            ...(bucketArn === bucket ? makers.map((name) => `${bucketPrefixes[name]}*`) : []),
          ],
        },
      });
  for (const duty of ['seal-archive', ...cleaners] as const)
    functions[duty].allow(
      ['s3:ListBucketMultipartUploads'],
      [own, ...places].map(({ bucketArn }) => bucketArn),
    );
};

/** The encryption context says what a key is for; so does each right. lib/operations/archive-key.ts makes them. */
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
  functions['seal-archive'].allow(['kms:Sign', 'kms:GetPublicKey'], sign);
};

const starts: Readonly<Partial<Record<DutyName, readonly OperationKind[]>>> = {
  'api-backups': ['backup'],
  'api-archives': ['restore', 'verify'],
  'scheduled-backup': ['backup'],
};

const grantWorkflows = ({ scope, functions, installation }: RightsProps): void => {
  for (const [duty, kinds] of Object.entries(starts))
    functions[duty as keyof typeof starts].allow(
      ['states:StartExecution'],
      kinds.map((kind) => machineArn(scope, installation, kind)),
    );
  // A contender asks after the holder; who finds it dead makes sure that it is.
  for (const duty of ['api-backups', 'api-archives', 'scheduled-backup', 'execution-ended', 'sweep'] as const)
    functions[duty].allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      machineKinds.map((kind) => executionsOf(scope, installation, kind)),
    );
};

const grantComponents = ({ functions, components, restoreTargets }: RightsProps): void => {
  for (const { rights } of components) {
    functions['plan-backup'].may(...rights.plan);
    functions.capture.may(...rights.capture);
    functions['open-archive'].may(...rights.plan);
    functions['restore-component'].may(...rights.restore);
  }
  for (const { statements } of restoreTargets)
    for (const duty of ['open-archive', 'restore-component'] as const) functions[duty].may(...statements);
};
