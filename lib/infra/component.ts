/** What a Holdfast in a CDK app backs up: real buckets and tables, each with the rights its kind needs and no others. */
import { Arn, ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { kindNotOnAws } from '../model/aws-config.ts';
import type { ComponentSettings } from '../model/config.ts';
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

/** A bucket of this app or an imported one. */
export interface SourceBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly encryptionKey?: { readonly keyArn: string } | undefined;
}

/** A table of this app or an imported one. */
export interface SourceTable {
  readonly tableName: string;
  readonly tableArn: string;
  readonly encryptionKey?: { readonly keyArn: string } | undefined;
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
  static fromSettings(scope: Construct, settings: ComponentSettings): Component {
    switch (settings.kind) {
      case 's3': {
        const bucket = Bucket.fromBucketName(scope, `Source-${settings.id}`, settings.bucket);
        return new Component(settings, bucketRights(bucket.bucketArn, settings.prefix, undefined));
      }
      case 'dynamodb': {
        const table = Table.fromTableName(scope, `Source-${settings.id}`, settings.table);
        return new Component(settings, tableRights(table.tableArn, undefined));
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

  static bucketNamed(scope: Construct, name: string): RestoreTarget {
    const bucketArn = Arn.format({ service: 's3', resource: name, region: '', account: '' }, Stack.of(scope));
    return new RestoreTarget(bucketRights(bucketArn, '', undefined));
  }

  /** A table by its name; it need not exist yet. */
  static tableNamed(scope: Construct, name: string): RestoreTarget {
    const tableArn = Stack.of(scope).formatArn({
      service: 'dynamodb',
      resource: 'table',
      resourceName: name,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new RestoreTarget(tableRights(tableArn, undefined));
  }
}

const allow = (actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources });

const bucketRights = (
  bucketArn: string,
  prefix: string,
  key: SourceBucket['encryptionKey'],
): ComponentRights => {
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

const tableRights = (tableArn: string, key: SourceBucket['encryptionKey']): ComponentRights => {
  const look = () =>
    allow(
      [
        'dynamodb:DescribeTable',
        'dynamodb:DescribeTimeToLive',
        'dynamodb:DescribeContinuousBackups',
        'dynamodb:ListTagsOfResource',
      ],
      tableArn,
    );
  return {
    look: [look()],
    plan: [look(), allow(['dynamodb:ExportTableToPointInTime'], tableArn)],
    capture: [
      look(),
      allow(['dynamodb:Scan'], tableArn),
      allow(['dynamodb:DescribeExport'], `${tableArn}/export/*`),
      ...viaService(key, 'dynamodb', ['kms:Decrypt']),
    ],
    restore: [
      look(),
      allow(
        [
          'dynamodb:CreateTable',
          'dynamodb:UpdateTimeToLive',
          'dynamodb:TagResource',
          'dynamodb:BatchWriteItem',
          'dynamodb:PutItem',
        ],
        tableArn,
      ),
      ...viaService(key, 'dynamodb', ['kms:Decrypt', 'kms:GenerateDataKey']),
    ],
  };
};

/** The source's own key, and only through the service that keeps the source. */
const viaService = (
  key: SourceBucket['encryptionKey'],
  service: string,
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
