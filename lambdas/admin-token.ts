import middy from '@middy/core';
import * as z from 'zod';
import { type HostedContext, invocationOf } from '../lib/hosts/invocation.ts';
import { openInstallation } from '../lib/operations/installation/open-installation.ts';
import { createToken } from '../lib/operations/installation/tokens.ts';

const inputSchema = z.object({ name: z.string().min(1).max(100).default('administrator') });

/**
 * Invoked by hand after the first deployment, by whoever IAM allows to: makes the installation's first keys, and an
 * administrator's token, which is in the answer and nowhere else. Invoked again it makes another.
 */
export const handler = middy(async (event: unknown, context: HostedContext): Promise<{ token: string }> => {
  const { host } = await invocationOf(context);
  await openInstallation(host);
  const { name } = inputSchema.parse(event ?? {});
  return new Promise((resolve, reject) => {
    let made = '';
    createToken(host, { name, createdBy: 'IAM' }, (token) => {
      made = token;
    }).then(() => resolve({ token: made }), reject);
  });
});
