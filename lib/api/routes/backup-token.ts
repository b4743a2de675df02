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
    summary: 'Whether a backup token is wanted, and how the own one stands; never its text.',
    answers: { status: 200, schema: named('BackupToken', backupTokenViewSchema) },
    handle: async ({ host, principal }) => ({ status: 200, body: await showBackupToken(host, principal) }),
  }),
  route({
    method: 'POST',
    path: '/v1/backup-token',
    operationId: 'makeBackupToken',
    freshProof: never('its request itself holds a proof'),
    needs: 'installation.read',
    summary:
      'Make the own backup token, or another in its place. Its text is shown this once; it can be used after a wait.',
    refuses: ['not_found', 'conflict', 'storage_full', 'reauthentication_required'],
    body: named('MakeBackupToken', makeBackupTokenSchema),
    answers: { status: 201, schema: madeSchema },
    handle: async ({ host, principal, body }) => {
      const { view, text } = await makeBackupToken(host, principal, body);
      return { status: 201, body: { ...view, backupToken: text } };
    },
  }),
];
