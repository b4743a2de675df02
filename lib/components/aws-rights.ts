/** What a kind of component may do in an account of AWS, said without the CDK: lib/infra makes statements of it. */

/** One statement: these actions on these resources. */
export interface AwsRight {
  /** As IAM names them, such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs; `*` stands for any characters. */
  readonly resources: readonly string[];
  /** Only for calls that this service makes for Holdfast: the condition `kms:ViaService`. */
  readonly viaService?: AwsService;
}

export type AwsService = 's3' | 'dynamodb';

/** The rights that a component gives to the functions that work on it. */
export interface AwsRights {
  /** To see whether it is there, and what is in it. */
  readonly look: readonly AwsRight[];
  /** To cut it into tasks; and to have a table exported. */
  readonly plan: readonly AwsRight[];
  /** To read all of it. */
  readonly capture: readonly AwsRight[];
  /** To see what a restore would overwrite, and to write. */
  readonly restore: readonly AwsRight[];
}

export const onResources = (actions: readonly string[], ...resources: readonly string[]): AwsRight => ({
  actions,
  resources,
});

/** The customer-managed key of a bucket or a table, and only through the service that keeps it; nothing where there is none. */
export const onKey = (
  keyArn: string | undefined,
  service: AwsService,
  actions: readonly string[],
): AwsRight[] => (keyArn === undefined ? [] : [{ actions, resources: [keyArn], viaService: service }]);
