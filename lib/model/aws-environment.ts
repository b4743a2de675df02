/**
 * The environment variables of a function on AWS. The construct writes them and the host reads them, both by this one
 * schema: if one of them forgets a variable, the code does not compile, or the function does not start.
 */
import * as z from 'zod';
import { HoldfastError } from './errors.ts';

const arn = (service: string) =>
  z.string().regex(new RegExp(`^arn:[a-z-]+:${service}:`), `not an ARN of ${service}`);

export const awsEnvironmentSchema = z.object({
  /** The catalog's table: string keys `pk` and `sk`, and the two local indexes of `catalogIndexes`. */
  HOLDFAST_TABLE: z.string().min(3).max(255),
  /** The installation's own bucket. */
  HOLDFAST_BUCKET: z.string().min(3).max(63),
  /** A symmetric key that wraps backup keys, and archive keys tied to the HSM. */
  HOLDFAST_WRAP_KEY_ARN: arn('kms'),
  /** An ECC_NIST_EDWARDS25519 key for SIGN_VERIFY that signs manifests. */
  HOLDFAST_SIGN_KEY_ARN: arn('kms'),
  /** The common beginning of the ARNs of all state machines; the kind of operation follows it. */
  HOLDFAST_MACHINE_ARN_PREFIX: arn('states'),
  /** Where the configuration is in the own bucket: a function's environment has only 4 KB. */
  HOLDFAST_CONFIG_KEY: z
    .string()
    .regex(/^config\/[0-9a-f]{64}\.json$/, 'not the object key of a deployed configuration'),
  /** Outcomes go to these, if they are set. */
  HOLDFAST_TOPIC_ARN: arn('sns').optional(),
  HOLDFAST_EVENT_BUS: z.string().min(1).optional(),
  /** The verified sender of e-mail; the recipients are in the configuration. */
  HOLDFAST_MAIL_FROM: z.string().min(3).optional(),
  /**
   * For functions that set timers: their group in EventBridge Scheduler, the function that they call, the role that
   * calls it, and the queue for failed calls.
   */
  HOLDFAST_TIMER_GROUP: z.string().min(1).max(64).optional(),
  HOLDFAST_TIMER_TARGET_ARN: arn('lambda').optional(),
  HOLDFAST_TIMER_ROLE_ARN: arn('iam').optional(),
  HOLDFAST_TIMER_DEAD_LETTERS_ARN: arn('sqs').optional(),
  /** `debug`, `info`, `warn` or `error`; anything else means `info`. */
  HOLDFAST_LOG: z.string().optional(),
});
export type AwsEnvironment = z.infer<typeof awsEnvironmentSchema>;

/** The local indexes of the catalog's table: their names and sort keys, both strings, projecting keys only. */
export const catalogIndexes = [
  { name: 'byOrder', sortKey: 'ord' },
  { name: 'byGroup', sortKey: 'grp' },
] as const;

/** Prefixes of keys in the own bucket. */
export const bucketPrefixes = {
  /** Archives, and nothing else. */
  archives: 'archives/',
  /** Pieces of unfinished archives. */
  staging: 'staging/',
  /** A mark for each open upload. */
  uploads: 'uploads/',
  /** Exports of tables, on their way into an archive. */
  exports: 'exports/',
  /** Configurations of this deployment and of earlier ones. */
  config: 'config/',
} as const;

/** The environment of the one function that runs before there is a configuration. */
export const configureEnvironmentSchema = awsEnvironmentSchema.pick({
  HOLDFAST_TABLE: true,
  HOLDFAST_BUCKET: true,
});

type Variables = Readonly<Record<string, string | undefined>>;

export const parseAwsEnvironment = (env: Variables): AwsEnvironment =>
  parseVariables(awsEnvironmentSchema, env);

/** @throws HoldfastError `config_invalid`, naming each variable that is missing or wrong. */
export const parseVariables = <T>(schema: z.ZodType<T>, env: Variables): T => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new HoldfastError(
    'config_invalid',
    `this function was not deployed by the Holdfast construct of its own version: ${wrong.join('; ')}; deploy it again`,
  );
};
