/** What a Holdfast in a CDK app backs up: real buckets and tables, each with the rights its kind needs and no others. */
import { Arn, ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ComponentSettings } from '../model/components/component-table.ts';
import { kindNotOnAws } from '../model/config/aws-config.ts';
import { ROOT_DOMAIN } from '../model/records/scope.ts';

export interface ComponentOptions {
  /**
   * The domain this component belongs to; one of the installation's.
   *
   * @default root
   */
  readonly domain?: string;
  /**
   * What to do or restart once this is restored; told with the answer.
   *
   * @default nothing is said
   */
  readonly afterRestore?: string;
  /**
   * How a backup ends that cannot read this component: PARTIAL, or FAILED.
   *
   * @default partial
   */
  readonly onMissing?: 'partial' | 'fail';
}

export interface BucketOptions extends ComponentOptions {
  /**
   * Only keys that begin so.
   *
   * @default the whole bucket
   */
  readonly prefix?: string;
}

/** A key of this app or an imported one. */
export interface SourceKey {
  readonly keyArn: string;
}

/** A bucket of this app or an imported one. */
export interface SourceBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly encryptionKey?: SourceKey | undefined;
}

/** A table of this app or an imported one. */
export interface SourceTable {
  readonly tableName: string;
  readonly tableArn: string;
  readonly encryptionKey?: SourceKey | undefined;
}

/** What is to be said of a bucket or a table that is known by its name alone. */
export interface NamedOptions {
  /**
   * The customer-managed key that it is encrypted with.
   *
   * @default none
   */
  readonly encryptionKey?: SourceKey | undefined;
}

/** The rights a component gives to the functions that work on it. */
export interface ComponentRights {
  /** To see whether it is there, and what is in it. */
  readonly look: PolicyStatement[];
  /** To cut it into tasks; and to have a table exported. */
  readonly plan: PolicyStatement[];
  /** To read all of it. */
  readonly capture: PolicyStatement[];
  /** To see what a restore would overwrite, and to write. */
  readonly restore: PolicyStatement[];
}

/** One thing to back up. Made by its static methods. */
export class Component {
  readonly settings: ComponentSettings;
  readonly rights: ComponentRights;

  private constructor(settings: ComponentSettings, rights: ComponentRights) {
    this.settings = settings;
    this.rights = rights;
  }

  /** A bucket, or what lies under a prefix of it. Versioned buckets are read by version id. */
  static bucket(id: string, bucket: SourceBucket, options: BucketOptions = {}): Component {
    const { prefix = '', ...rest } = options;
    return new Component(
      { id, kind: 's3', bucket: bucket.bucketName, prefix, ...defaultsOf(rest) },
      bucketRights(bucket.bucketArn, prefix, bucket.encryptionKey),
    );
  }

  /** A table: by point-in-time export where that is on, else by a parallel scan. */
  static table(id: string, table: SourceTable, options: ComponentOptions = {}): Component {
    return new Component(
      { id, kind: 'dynamodb', table: table.tableName, ...defaultsOf(options) },
      tableRights(table.tableArn, table.encryptionKey),
    );
  }

  /**
   * A component as holdfast.config.json names it, in the stack's account and region.
   *
   * @throws Error for a kind that cannot be captured from a Lambda function.
   */
  static fromSettings(
    scope: Construct,
    settings: ComponentSettings,
    { encryptionKey }: NamedOptions = {},
  ): Component {
    switch (settings.kind) {
      case 's3': {
        const bucket = Bucket.fromBucketName(scope, `Source-${settings.id}`, settings.bucket);
        return new Component(settings, bucketRights(bucket.bucketArn, settings.prefix, encryptionKey));
      }
      case 'dynamodb': {
        const table = Table.fromTableName(scope, `Source-${settings.id}`, settings.table);
        return new Component(settings, tableRights(table.tableArn, encryptionKey));
      }
      default:
        throw new Error(kindNotOnAws(settings));
    }
  }
}

const defaultsOf = ({ domain = ROOT_DOMAIN, afterRestore, onMissing }: ComponentOptions) => ({
  domain,
  ...(afterRestore !== undefined && { afterRestore }),
  ...(onMissing !== undefined && { onMissing }),
});

/** Somewhere else a restore may write to, besides the components' own places. */
export class RestoreTarget {
  readonly rights: Pick<ComponentRights, 'look' | 'restore'>;

  private constructor(rights: ComponentRights) {
    this.rights = rights;
  }

  static bucket(bucket: SourceBucket): RestoreTarget {
    return new RestoreTarget(bucketRights(bucket.bucketArn, '', bucket.encryptionKey));
  }

  /** A table of this app or an imported one. */
  static table(table: SourceTable): RestoreTarget {
    return new RestoreTarget(tableRights(table.tableArn, table.encryptionKey));
  }

  static bucketNamed(scope: Construct, name: string, { encryptionKey }: NamedOptions = {}): RestoreTarget {
    return new RestoreTarget(bucketRights(bucketArnOf(scope, name), '', encryptionKey));
  }

  /** A table by its name; it need not exist yet. */
  static tableNamed(scope: Construct, name: string, { encryptionKey }: NamedOptions = {}): RestoreTarget {
    const tableArn = Stack.of(scope).formatArn({
      service: 'dynamodb',
      resource: 'table',
      resourceName: name,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new RestoreTarget(tableRights(tableArn, encryptionKey));
  }
}

export const bucketArnOf = (scope: Construct, name: string): string =>
  Arn.format({ service: 's3', resource: name, region: '', account: '' }, Stack.of(scope));

const allow = (actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources });

const bucketRights = (bucketArn: string, prefix: string, key: SourceKey | undefined): ComponentRights => {
  const objects = `${bucketArn}/${prefix}*`;
  const look = () => allow(['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketVersioning'], bucketArn);
  return {
    look: [look()],
    plan: [look()],
    capture: [
      look(),
      allow(
        ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectVersionTagging'],
        objects,
      ),
      ...viaService(key, 's3', ['kms:Decrypt']),
    ],
    restore: [
      look(),
      // Read is what is there already, to know what an earlier try has written.
      allow(['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'], objects),
      ...viaService(key, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']),
    ],
  };
};

const LOOKING_AT_TABLES = [
  'dynamodb:DescribeTable',
  'dynamodb:DescribeTimeToLive',
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:ListTagsOfResource',
];

/** All that is on the table itself stands in one statement: a policy has little room, and ARNs take most of it. */
const tableRights = (tableArn: string, key: SourceKey | undefined): ComponentRights => {
  const onTable = (...actions: string[]) => allow([...LOOKING_AT_TABLES, ...actions], tableArn);
  return {
    look: [onTable()],
    plan: [onTable('dynamodb:ExportTableToPointInTime'), ...viaService(key, 'dynamodb', READING_ITEMS)],
    capture: [
      onTable('dynamodb:Scan'),
      allow(['dynamodb:DescribeExport'], `${tableArn}/export/*`),
      ...viaService(key, 'dynamodb', READING_ITEMS),
    ],
    restore: [
      onTable(
        'dynamodb:CreateTable',
        'dynamodb:UpdateTimeToLive',
        'dynamodb:TagResource',
        'dynamodb:BatchWriteItem',
        'dynamodb:PutItem',
      ),
      ...viaService(key, 'dynamodb', READING_ITEMS.concat(WRITING_ITEMS)),
    ],
  };
};

/** As CDK's own `grantReadData` and `grantWriteData` of a table give them, action by action. */
const READING_ITEMS = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITING_ITEMS = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** The key of a bucket or a table, and only through the service that keeps it. */
export const viaService = (
  key: SourceKey | undefined,
  service: 's3' | 'dynamodb',
  actions: string[],
): PolicyStatement[] =>
  key === undefined
    ? []
    : [
        new PolicyStatement({
          actions,
          resources: [key.keyArn],
          conditions: {
            StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com` },
          },
        }),
      ];
