/**
 * Routes of raw bytes, on a host that streams them itself. They have no handler, since no function passes the bytes on;
 * on AWS, presigned URLs of the store replace them.
 */
import * as z from 'zod';
import { idSchema } from '../../model/ids.ts';
import { never } from '../fresh-proof.ts';
import type { DescribedRoute } from '../route.ts';
import { findingArchive } from '../route-problems.ts';
import { idParams } from './backups.ts';

export const partParams = z.strictObject({
  id: idSchema,
  number: z
    .string()
    .regex(/^[1-9]\d{0,4}$/)
    .transform(Number)
    .meta({ type: 'integer', minimum: 1, maximum: 99_999, pattern: undefined }),
});

const nothing = z.strictObject({});

export const byteRoutes = [
  {
    method: 'GET',
    path: '/v1/backups/{id}/file',
    operationId: 'getBackupFile',
    of: 'backup',
    needs: 'backup.download',
    summary:
      'Download the archive; with "Range: bytes=N-" or "bytes=N-M", its rest from an offset. HEAD is answered too.',
    params: idParams,
    query: nothing,
    body: undefined,
    takes: ['Holdfast-Backup-Token', 'Range', 'If-Range'],
    refuses: ['backup_token_refused', ...findingArchive, 'range_not_satisfiable'],
    answers: { status: 200, bytes: 'application/x-tar', ranges: true },
  },
  {
    method: 'PUT',
    path: '/v1/uploads/{id}/parts/{number}',
    operationId: 'putPart',
    freshProof: never('an upload is no backup until it is complete'),
    of: 'upload',
    needs: 'backup.upload',
    summary: 'Upload one part: all of its bytes in one request.',
    params: partParams,
    query: nothing,
    body: 'bytes',
    refuses: ['conflict', 'operation_running', 'place_unwritable', 'storage_full'],
    answers: { status: 204 },
  },
] as const satisfies readonly DescribedRoute[];
