/**
 * What a function on AWS is told by its environment. The construct writes it and the host reads it, both by this one
 * schema: a variable that one of them forgets does not compile, or does not start.
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
  /** Symmetric: wraps backup keys, and archive keys tied to the HSM. */
  HOLDFAST_WRAP_KEY_ARN: arn('kms'),
  /** ECC_NIST_EDWARDS25519, SIGN_VERIFY: signs manifests. */
  HOLDFAST_SIGN_KEY_ARN: arn('kms'),
  /** The ARN of every state machine of the installation, up to the kind of operation at its end. */
  HOLDFAST_MACHINE_ARN_PREFIX: arn('states'),
  /** Where in the own bucket the configuration is: a function's environment has room for 4 KB in all. */
  HOLDFAST_CONFIG_KEY: z.string().regex(/^config\/[0-9a-f]{64}\.json$/, 'not the key of a configuration'),
  /** Outcomes go to these, where they are set. */
  HOLDFAST_TOPIC_ARN: arn('sns').optional(),
  HOLDFAST_EVENT_BUS: z.string().min(1).optional(),
  /** The verified sender of e-mail; the recipients stand in the configuration. */
  HOLDFAST_MAIL_FROM: z.string().min(3).optional(),
  /** The group of EventBridge Scheduler that timers are set in, the function they call, and how: of those that set any. */
  HOLDFAST_TIMER_GROUP: z.string().min(1).max(64).optional(),
  HOLDFAST_TIMER_TARGET_ARN: arn('lambda').optional(),
  HOLDFAST_TIMER_ROLE_ARN: arn('iam').optional(),
  HOLDFAST_TIMER_DEAD_LETTERS_ARN: arn('sqs').optional(),
  /** `debug`, `info`, `warn` or `error`; else `info`. */
  HOLDFAST_LOG: z.string().optional(),
});
export type AwsEnvironment = z.infer<typeof awsEnvironmentSchema>;

/** The local indexes of the catalog's table: their names and sort keys, both strings, projecting keys only. */
export const catalogIndexes = [
  { name: 'byOrder', sortKey: 'ord' },
  { name: 'byGroup', sortKey: 'grp' },
] as const;

/** Where the own bucket keeps what. */
export const bucketPrefixes = {
  /** Archives, and nothing else. */
  archives: 'archives/',
  /** Pieces of archives in the making. */
  staging: 'staging/',
  /** A mark for each upload that is under way. */
  uploads: 'uploads/',
  /** Exports of tables, on their way into an archive. */
  exports: 'exports/',
  /** Configurations, of this deployment and of those before it. */
  config: 'config/',
} as const;

/** What the one function is told that runs before there is a configuration. */
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
    `this function was not deployed by the Holdfast construct of this version: ${wrong.join('; ')}; deploy it again`,
  );
};
