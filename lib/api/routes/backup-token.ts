/** The caller's backup token. Its text is in the answer that makes it, and nowhere else. */
import * as z from 'zod';
import { backupTokenViewSchema, makeBackupTokenSchema } from '../../model/records/backup-token.ts';
import { makeBackupToken, showBackupToken } from '../../operations/access/tokens/backup-token.ts';
import { never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { route } from '../route.ts';

const madeSchema = named(
  'MadeBackupToken',
  backupTokenViewSchema.extend({
    /** Send it as `Holdfast-Backup-Token`. Shown this once. */
    backupToken: z.string(),
  }),
);

export const backupTokenRoutes = [
  route({
    method: 'GET',
    path: '/v1/backup-token',
    operationId: 'getBackupToken',
    needs: 'installation.read',
    summary: 'Get whether a backup token is required, and the state of the caller’s own; never its text.',
    answers: { status: 200, schema: named('BackupToken', backupTokenViewSchema) },
    handle: async ({ host, principal }) => ({ status: 200, body: await showBackupToken(host, principal) }),
  }),
  route({
    method: 'POST',
    path: '/v1/backup-token',
    operationId: 'makeBackupToken',
    freshProof: never('the request itself has a proof'),
    needs: 'installation.read',
    summary:
      'Create the caller’s backup token, or replace it. Its text is shown only this once; it can be used after a waiting time.',
    refuses: ['not_found', 'conflict', 'storage_full', 'reauthentication_required'],
    body: named('MakeBackupToken', makeBackupTokenSchema),
    answers: { status: 201, schema: madeSchema },
    handle: async ({ host, principal, body }) => {
      const { view, text } = await makeBackupToken(host, principal, body);
      return { status: 201, body: { ...view, backupToken: text } };
    },
  }),
];
