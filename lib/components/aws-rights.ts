/**
 * What a kind of component may do in an AWS account, described without the CDK: lib/infra makes policy statements of
 * it.
 */

/** One statement: these actions on these resources. */
export interface AwsRight {
  /** Actions by their IAM names, such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs; `*` matches any characters. */
  readonly resources: readonly string[];
  /** Allowed only for calls that this service makes for Holdfast: the condition `kms:ViaService`. */
  readonly viaService?: AwsService;
}

export type AwsService = 's3' | 'dynamodb';

/** The rights that a component gives to the functions that work on it. */
export interface AwsRights {
  /** Rights to check that it exists, and to list what is in it. */
  readonly look: readonly AwsRight[];
  /** Rights to split it into tasks, and to have a table exported. */
  readonly plan: readonly AwsRight[];
  /** Rights to read all of it. */
  readonly capture: readonly AwsRight[];
  /** Rights to see what a restore would overwrite, and to write. */
  readonly restore: readonly AwsRight[];
}

export const onResources = (actions: readonly string[], ...resources: readonly string[]): AwsRight => ({
  actions,
  resources,
});

/**
 * Statements for the customer-managed key of a bucket or a table, only through the service that stores it; empty
 * without such a key.
 */
export const onKey = (
  keyArn: string | undefined,
  service: AwsService,
  actions: readonly string[],
): AwsRight[] => (keyArn === undefined ? [] : [{ actions, resources: [keyArn], viaService: service }]);
