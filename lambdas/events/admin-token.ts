import middy from '@middy/core';
import * as z from 'zod';
import { allowBackupTokenNow } from '../../lib/operations/access/tokens/backup-token.ts';
import { createHostToken } from '../../lib/operations/access/tokens/tokens.ts';
import { openInstallation } from '../../lib/operations/upkeep/open-installation.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

const inputSchema = z.object({
  name: z.string().min(1).max(100).default('administrator'),
  /** Ends the wait of this principal's backup token, and makes no token. */
  allowBackupToken: z.string().min(1).max(200).optional(),
});

type Answer = { readonly token: string } | { readonly usableFrom: string };

/**
 * Invoked by hand after the first deployment, by anybody whom IAM allows to: makes the installation's first keys, and
 * an administrator's token, which is in the answer and nowhere else. Each further call makes another. With
 * `allowBackupToken` it ends the wait of a backup token instead.
 */
export const handler = middy(async (event: unknown, context: HostedContext): Promise<Answer> => {
  const { host } = await invocationOf(context);
  await openInstallation(host);
  const { name, allowBackupToken } = inputSchema.parse(event ?? {});
  if (allowBackupToken !== undefined) {
    const by = { id: 'IAM', name: 'IAM' };
    return { usableFrom: (await allowBackupTokenNow(host, allowBackupToken, by)).usableFrom };
  }
  return new Promise((resolve, reject) => {
    let made = '';
    createHostToken(host, { name, createdBy: 'IAM' }, (token) => {
      made = token;
    }).then(() => resolve({ token: made }), reject);
  });
});
