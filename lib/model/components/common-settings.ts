/** Settings that all kinds of component share. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { ROOT_DOMAIN } from '../records/scope.ts';

/** A secret is named, never written: an environment variable, or a file whose first line is the secret. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ secretsManager: z.string().min(1) }),
  ],
  {
    error: ({ input }) =>
      `${input === undefined ? 'is missing: ' : ''}name the secret here, do not write it: {"env": "VARIABLE"}, {"file": "PATH"} or {"secretsManager": "NAME"}`,
  },
);
export type SecretReference = z.infer<typeof secretSchema>;

/** The settings that every component has. */
export const commonSettings = {
  id: componentIdSchema,
  domain: z.string().min(1).max(128).default(ROOT_DOMAIN),
  /** What to do or restart after a restore; returned with the result. */
  afterRestore: z.string().max(500).optional(),
  /**
   * The result of a backup that cannot read this component: PARTIAL, without the component, or FAILED.
   *
   * @default PARTIAL
   */
  onMissing: z.enum(['partial', 'fail']).optional(),
};

/** The result of a backup that finds less than it should: PARTIAL or FAILED with that reason, or unchanged. */
export const whenTooLittle = z.enum(['partial', 'fail', 'allow']).default('partial');
