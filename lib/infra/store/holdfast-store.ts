/**
 * The part that must outlive everything else: the catalog, the archives and the keys. Retained, and protected from
 * deletion.
 */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketPrefixes, catalogIndexes } from '../../model/aws-environment.ts';
import { acknowledge } from '../acknowledge.ts';

export interface HoldfastStoreProps {
  /**
   * Whether table, bucket and keys are destroyed with the stack. For tests of this construct; never set it for an
   * installation that holds backups.
   *
   * @default false
   */
  readonly disposable?: boolean;
}

/** Days after which the store deletes what a crash or an overwrite has left. */
const STAGING_DAYS = 14;
const NONCURRENT_DAYS = 30;
/**
 * Days after which an export of a table is deleted. We do not encrypt exports, so that is as soon as no backup can
 * still be reading it.
 */
const EXPORT_DAYS = 7;
const orphans = [
  { name: 'staging', days: STAGING_DAYS },
  { name: 'uploads', days: STAGING_DAYS },
  { name: 'exports', days: EXPORT_DAYS },
] as const;

/** The stateful half of an installation: of this app, or an existing one. */
export interface IHoldfastStore {
  /** Records and the lock. */
  readonly table: Pick<ITableV2, 'tableName' | 'tableArn'>;
  /** Archives below `archives/`, pieces of running backups below `staging/`. */
  readonly bucket: Pick<IBucket, 'bucketName' | 'bucketArn' | 'grantRead'>;
  /** Wraps the private halves of backup keys, and archive keys tied to the HSM. */
  readonly wrapKey: Pick<IKey, 'keyArn'>;
  /** Signs manifests; its private half never leaves KMS. */
  readonly signKey: Pick<IKey, 'keyArn'>;
}

/** The resources that a removed store's stack has left, in this account and region: the stack's outputs name them. */
export interface HoldfastStoreAttributes {
  /** The catalog's table; after a recovery to an earlier moment, the new one. */
  readonly tableName: string;
  readonly bucketName: string;
  readonly wrapKeyArn: string;
  readonly signKeyArn: string;
}

/** The stateful half of an installation. */
export class HoldfastStore extends Construct implements IHoldfastStore {
  readonly table: TableV2;
  readonly bucket: Bucket;
  readonly wrapKey: Key;
  readonly signKey: Key;

  /**
   * An existing store: its stack was removed and left it, or its catalog was recovered into another table. Nothing is
   * made or changed; all four must belong to the same store.
   */
  static fromAttributes(scope: Construct, id: string, attributes: HoldfastStoreAttributes): IHoldfastStore {
    const { tableName, bucketName, wrapKeyArn, signKeyArn } = attributes;
    const place = new Construct(scope, id);
    return {
      table: TableV2.fromTableName(place, 'Catalog', tableName),
      bucket: Bucket.fromBucketName(place, 'Archives', bucketName),
      wrapKey: Key.fromKeyArn(place, 'WrapKey', wrapKeyArn),
      signKey: Key.fromKeyArn(place, 'SignKey', signKeyArn),
    };
  }

  constructor(scope: Construct, id: string, props: HoldfastStoreProps = {}) {
    super(scope, id);
    const { disposable = false } = props;
    const removalPolicy = disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.table = this.#catalog(removalPolicy, disposable);
    this.bucket = this.#archives(removalPolicy);
    this.wrapKey = new Key(this, 'WrapKey', {
      description: 'Holdfast: wraps the private halves of backup keys',
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy,
    });
    this.signKey = new Key(this, 'SignKey', {
      description: 'Holdfast: signs the manifests of archives (Ed25519)',
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(30),
      removalPolicy,
    });
    this.#output();
  }

  /** The values that `fromAttributes` will need. */
  #output(): void {
    const description = 'Of HoldfastStore.fromAttributes';
    new CfnOutput(this, 'TableName', { value: this.table.tableName, description });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName, description });
    new CfnOutput(this, 'WrapKeyArn', { value: this.wrapKey.keyArn, description });
    new CfnOutput(this, 'SignKeyArn', { value: this.signKey.keyArn, description });
  }

  #catalog(removalPolicy: RemovalPolicy, disposable: boolean): TableV2 {
    return new TableV2(this, 'Catalog', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      localSecondaryIndexes: catalogIndexes.map(({ name, sortKey }) => ({
        indexName: name,
        sortKey: { name: sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      })),
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !disposable,
      removalPolicy,
    });
  }

  /**
   * SSE-S3, not SSE-KMS: the archives are encrypted before they are stored, and with a bucket key every worker that
   * writes a piece would need the right to decrypt.
   */
  #archives(removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'Archives', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      removalPolicy,
      lifecycleRules: [
        { id: 'orphaned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(STAGING_DAYS) },
        ...orphans.map(({ name, days }) => ({
          id: `orphans-in-${name}`,
          prefix: bucketPrefixes[name],
          expiration: Duration.days(days),
          noncurrentVersionExpiration: Duration.days(1),
        })),
        { id: 'deleted-archives', noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS) },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    });
    // The policy that refuses http is retained as long as the bucket.
    bucket.policy?.applyRemovalPolicy(removalPolicy);
    acknowledge(bucket, {
      'AwsSolutions-S1':
        'Server access logs of the archive bucket would need a second bucket to watch; CloudTrail data events are the installation account’s choice, and docs/aws.md says how.',
    });
    return bucket;
  }
}
