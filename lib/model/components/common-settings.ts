/** What the settings of components have in common. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { ROOT_DOMAIN } from '../records/scope.ts';

/** A secret is named, never written: an environment variable, or a file of which the first line counts. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ secretsManager: z.string().min(1) }),
  ],
  {
    error: ({ input }) =>
      `${input === undefined ? 'is missing: ' : ''}a secret is named here, never written; say where it is by one of {"env": "VARIABLE"}, {"file": "PATH"} and {"secretsManager": "NAME"}`,
  },
);
export type SecretReference = z.infer<typeof secretSchema>;

/** What the settings of every component have. */
export const commonSettings = {
  id: componentIdSchema,
  domain: z.string().min(1).max(128).default(ROOT_DOMAIN),
  /** What to do or restart once this is restored; told with the answer. */
  afterRestore: z.string().max(500).optional(),
  /** How a backup ends that cannot read this component: PARTIAL, without it, or FAILED. With none: PARTIAL. */
  onMissing: z.enum(['partial', 'fail']).optional(),
};

/** How a backup ends that finds less than it should: with that as its reason, or as if nothing were amiss. */
export const whenTooLittle = z.enum(['partial', 'fail', 'allow']).default('partial');
