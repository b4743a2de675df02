/** Backups, without opening any: no function behind these routes needs the right to unwrap a key. */
import * as z from 'zod';
import { idSchema } from '../../model/ids.ts';
import { backupViewSchema } from '../../model/records/backup.ts';
import { count, instant } from '../../model/records/fields.ts';
import { operationSchema } from '../../model/records/operation.ts';
import { createBackupSchema, listBackupsSchema } from '../../model/requests.ts';
import { deleteBackup } from '../../operations/archives/remove-archive.ts';
import {
  backupLog,
  downloadBackup,
  listBackups,
  showBackup,
  viewBackup,
} from '../../operations/backup/read-backups.ts';
import { requestBackup } from '../../operations/backup/request-backup.ts';
import { cancelOperation } from '../../operations/workflow/cancel-operation.ts';
import { pageOf } from '../page.ts';
import { idempotencyKeyOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { beginning, findingArchive } from '../route-problems.ts';
import { named } from '../schema-names.ts';

export const idParams = z.strictObject({ id: idSchema });

const downloadSchema = named(
  'Download',
  z.object({
    url: z.string(),
    expiresAt: instant,
    fileName: z.string(),
    bytes: count,
    sha256: z.string(),
  }),
);

export const backupRoutes = [
  route({
    method: 'POST',
    path: '/v1/backups',
    operationId: 'createBackup',
    summary: 'Start a backup. One operation runs at a time: 409 names the running one.',
    takes: ['Idempotency-Key'],
    refuses: [
      'not_found',
      'backups_disabled',
      'idempotency_conflict',
      'file_exists',
      'place_not_allowed',
      'place_unwritable',
      'component_unavailable',
      ...beginning,
    ],
    body: createBackupSchema,
    answers: { status: 202, location: true, schema: backupViewSchema },
    handle: async ({ host, principal, body, headers }) => {
      const record = await requestBackup(host, principal, body, {
        idempotencyKey: idempotencyKeyOf(headers),
      });
      return {
        status: 202,
        headers: { location: `/v1/backups/${record.id}` },
        body: await viewBackup(host, record),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/backups',
    operationId: 'listBackups',
    summary: 'Backups, the newest first.',
    query: listBackupsSchema,
    answers: { status: 200, schema: pageOf('BackupPage', backupViewSchema) },
    handle: async ({ host, query }) => ({ status: 200, body: await listBackups(host, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/backups/{id}',
    operationId: 'getBackup',
    summary: 'One backup: its state, components and restores.',
    params: idParams,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await showBackup(host, params.id) }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/backups/{id}',
    operationId: 'deleteBackup',
    summary: 'Delete a backup and its archive. The history of its restores stays.',
    refuses: ['operation_running', 'conflict', 'place_not_allowed', 'place_unwritable', 'storage_full'],
    params: idParams,
    answers: { status: 204 },
    handle: async ({ host, params }) => {
      await deleteBackup(host, params.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/backups/{id}/log',
    operationId: 'getBackupLog',
    summary: 'The log of a run: its lines so far while it runs, the kept log file afterwards.',
    refuses: ['not_ready', 'place_not_allowed'],
    params: idParams,
    answers: { status: 200, text: true },
    handle: async ({ host, params }) => ({ status: 200, text: await backupLog(host, params.id) }),
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/download',
    operationId: 'downloadBackup',
    summary: 'Where to get the archive: a URL that takes Range requests, valid for 15 minutes.',
    refuses: [...findingArchive],
    params: idParams,
    answers: { status: 200, schema: downloadSchema },
    handle: async ({ host, params }) => {
      const { key: _, url, ...download } = await downloadBackup(host, params.id);
      return { status: 200, body: { ...download, url: url ?? `/v1/backups/${params.id}/file` } };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/operations/{id}/cancel',
    operationId: 'cancelOperation',
    summary: 'Cancel the running operation.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 202, schema: operationSchema },
    handle: async ({ host, principal, params }) => ({
      status: 202,
      body: await cancelOperation(host, principal, params.id),
    }),
  }),
];
