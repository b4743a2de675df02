/** What Holdfast backs up in a CDK app: real buckets and tables, each with only the rights that its kind needs. */
import { Arn, ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type AwsRight, type AwsRights, type AwsService, onKey } from '../../components/aws-rights.ts';
import { tableRights } from '../../components/dynamodb/aws-rights.ts';
import { bucketRights } from '../../components/s3/aws-rights.ts';
import type { ComponentSettings } from '../../model/components/component-table.ts';
import { kindNotOnAws } from '../../model/config/aws-config.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';

export interface ComponentOptions {
  /**
   * The domain this component belongs to; one of the installation's.
   *
   * @default root
   */
  readonly domain?: string;
  /**
   * What to do or restart once this component is restored; the answer to the restore repeats it.
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
   * Only keys with this beginning.
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

/** What must be said of a bucket or a table that is known only by its name. */
export interface NamedOptions {
  /**
   * The customer-managed key that encrypts it.
   *
   * @default none
   */
  readonly encryptionKey?: SourceKey | undefined;
}

/** The rights that a component gives to the functions that work on it, by their task. */
export type ComponentRights = { readonly [Work in keyof AwsRights]: PolicyStatement[] };

/** One thing to back up. Made by its static methods. */
export class Component {
  readonly settings: ComponentSettings;
  readonly rights: ComponentRights;

  private constructor(settings: ComponentSettings, rights: ComponentRights) {
    this.settings = settings;
    this.rights = rights;
  }

  /** A bucket, or the objects under a prefix of it. Versioned buckets are read by version id. */
  static bucket(id: string, bucket: SourceBucket, options: BucketOptions = {}): Component {
    const { prefix = '', ...rest } = options;
    return new Component(
      { id, kind: 's3', bucket: bucket.bucketName, prefix, ...defaultsOf(rest) },
      bucketStatements(bucket.bucketArn, prefix, bucket.encryptionKey),
    );
  }

  /** A table: by point-in-time export if that is on, else by a parallel scan. */
  static table(id: string, table: SourceTable, options: ComponentOptions = {}): Component {
    return new Component(
      { id, kind: 'dynamodb', table: table.tableName, ...defaultsOf(options) },
      tableStatements(table.tableArn, table.encryptionKey),
    );
  }

  /**
   * A component in the form of holdfast.config.json, in the stack's account and region.
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
        return new Component(settings, bucketStatements(bucket.bucketArn, settings.prefix, encryptionKey));
      }
      case 'dynamodb': {
        const table = Table.fromTableName(scope, `Source-${settings.id}`, settings.table);
        return new Component(settings, tableStatements(table.tableArn, encryptionKey));
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

/** A place that a restore may write to, besides the components' own places. */
export class RestoreTarget {
  readonly rights: Pick<ComponentRights, 'look' | 'restore'>;

  private constructor(rights: ComponentRights) {
    this.rights = rights;
  }

  static bucket(bucket: SourceBucket): RestoreTarget {
    return new RestoreTarget(bucketStatements(bucket.bucketArn, '', bucket.encryptionKey));
  }

  /** A table of this app or an imported one. */
  static table(table: SourceTable): RestoreTarget {
    return new RestoreTarget(tableStatements(table.tableArn, table.encryptionKey));
  }

  static bucketNamed(scope: Construct, name: string, { encryptionKey }: NamedOptions = {}): RestoreTarget {
    return new RestoreTarget(bucketStatements(bucketArnOf(scope, name), '', encryptionKey));
  }

  /** A table by its name; it need not exist yet. */
  static tableNamed(scope: Construct, name: string, { encryptionKey }: NamedOptions = {}): RestoreTarget {
    const tableArn = Stack.of(scope).formatArn({
      service: 'dynamodb',
      resource: 'table',
      resourceName: name,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new RestoreTarget(tableStatements(tableArn, encryptionKey));
  }
}

export const bucketArnOf = (scope: Construct, name: string): string =>
  Arn.format({ service: 's3', resource: name, region: '', account: '' }, Stack.of(scope));

const bucketStatements = (bucketArn: string, prefix: string, key: SourceKey | undefined): ComponentRights =>
  statementsOf(bucketRights({ bucketArn, prefix, keyArn: key?.keyArn }));

const tableStatements = (tableArn: string, key: SourceKey | undefined): ComponentRights =>
  statementsOf(tableRights({ tableArn, keyArn: key?.keyArn }));

const statementsOf = ({ look, plan, capture, restore }: AwsRights): ComponentRights => ({
  look: look.map(statementOf),
  plan: plan.map(statementOf),
  capture: capture.map(statementOf),
  restore: restore.map(statementOf),
});

const statementOf = ({ actions, resources, viaService: service }: AwsRight): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(service && {
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com` } },
    }),
  });

/** A customer-managed key, and only through the service that keeps what it encrypts. */
export const viaService = (
  key: SourceKey | undefined,
  service: AwsService,
  actions: readonly string[],
): PolicyStatement[] => onKey(key?.keyArn, service, actions).map(statementOf);
