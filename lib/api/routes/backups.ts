/** Backups, without opening any: no function behind these routes needs the right to unwrap a key. */
import * as z from 'zod';
import { idSchema } from '../../model/ids.ts';
import { backupViewSchema } from '../../model/records/backup.ts';
import { count, instant } from '../../model/records/fields.ts';
import { operationSchema } from '../../model/records/operation.ts';
import {
  createBackupSchema,
  deleteLaterSchema,
  holdBackupSchema,
  listBackupsSchema,
} from '../../model/requests/backups.ts';
import { cancelPermitted } from '../../operations/access/cancel-permitted.ts';
import { requireBackupToken } from '../../operations/access/tokens/backup-token.ts';
import { requireRoomInDay } from '../../operations/audit/count-acts.ts';
import {
  backupLog,
  downloadBackup,
  listBackups,
  showBackup,
  viewBackup,
} from '../../operations/backup/read-backups.ts';
import { requestBackup } from '../../operations/backup/request-backup.ts';
import { deleteNow } from '../../operations/stored/approved-deletion.ts';
import { holdBackup, releaseBackup } from '../../operations/stored/held-backup.ts';
import { deleteLater, undeleteBackup } from '../../operations/stored/later-deletion.ts';
import { always, never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { approvalHeaders, approvalOf, backupTokenOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { findingArchive, wantingApproval } from '../route-problems.ts';
import { startRoute } from '../start-route.ts';

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
  startRoute({
    path: '/v1/backups',
    operationId: 'createBackup',
    freshProof: {
      asked: { when: '`overwrite` is set', is: ({ body }) => body.overwrite },
      why: 'the archive of another backup is replaced',
    },
    alsoNeeds:
      'A backup of scope system, and one that chooses the names or places of its files, needs the permission for the whole installation.',
    needs: 'backup.create',
    summary: 'Start a backup. Only one operation runs at a time: a 409 names the running one.',
    takes: ['Holdfast-Backup-Token'],
    refuses: [
      'backup_token_refused',
      'daily_limit',
      'not_found',
      'backups_disabled',
      'file_exists',
      'backup_held',
      'approval_required',
      'place_not_allowed',
      'place_unwritable',
      'component_unavailable',
    ],
    body: createBackupSchema,
    schema: backupViewSchema,
    records: '/v1/backups',
    start: async ({ host, principal, body, headers }, options) => {
      await requireBackupToken(host, principal, backupTokenOf(headers));
      await requireRoomInDay(host, principal);
      return viewBackup(host, await requestBackup(host, principal, body, options), principal);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/backups',
    operationId: 'listBackups',
    needs: 'backup.read',
    summary: 'List backups, the newest first.',
    query: listBackupsSchema,
    answers: { status: 200, schema: pageOf('BackupPage', backupViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listBackups(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/backups/{id}',
    operationId: 'getBackup',
    of: 'backup',
    needs: 'backup.read',
    summary: 'Get a backup: its state, components and restores.',
    params: idParams,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showBackup(host, principal, params.id),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/backups/{id}',
    operationId: 'deleteBackup',
    freshProof: always('the archive is deleted'),
    of: 'backup',
    needs: 'backup.delete',
    summary: 'Delete a backup and its archive. The history of its restores stays.',
    refuses: [
      'operation_running',
      'conflict',
      'backup_held',
      'place_not_allowed',
      'place_unwritable',
      'storage_full',
      ...wantingApproval,
    ],
    takes: approvalHeaders,
    params: idParams,
    answers: { status: 204 },
    handle: async ({ host, principal, headers, params }) => {
      await deleteNow(host, principal, params.id, approvalOf(headers));
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/hold',
    operationId: 'holdBackup',
    freshProof: never('it can be released again'),
    of: 'backup',
    needs: 'backup.hold',
    summary: 'Hold a backup: neither retention nor a request deletes it until it is released.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    body: holdBackupSchema,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, principal, params, body }) => ({
      status: 200,
      body: await viewBackup(host, await holdBackup(host, principal, params.id, body.reason), principal),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/backups/{id}/hold',
    operationId: 'releaseBackup',
    freshProof: always('retention may delete the archive within the day'),
    of: 'backup',
    needs: 'backup.hold',
    summary: 'Release a backup that is held: retention and requests may delete it again.',
    takes: approvalHeaders,
    refuses: ['conflict', 'storage_full', ...wantingApproval],
    params: idParams,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, principal, headers, params }) => ({
      status: 200,
      body: await viewBackup(
        host,
        await releaseBackup(host, principal, params.id, approvalOf(headers)),
        principal,
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/removal',
    operationId: 'deleteBackupLater',
    freshProof: always('the archive is deleted after the days of grace'),
    of: 'backup',
    needs: 'backup.delete',
    summary:
      'Delete a backup after some days of grace, in which that can be undone; `deleteAfter` says when.',
    takes: approvalHeaders,
    refuses: ['conflict', 'backup_held', 'operation_running', 'storage_full', ...wantingApproval],
    params: idParams,
    body: deleteLaterSchema,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, principal, headers, params, body }) => ({
      status: 200,
      body: await viewBackup(
        host,
        await deleteLater(host, principal, params.id, body.reason, approvalOf(headers)),
        principal,
      ),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/backups/{id}/removal',
    operationId: 'undeleteBackup',
    freshProof: never('it can be deleted again'),
    of: 'backup',
    needs: 'backup.hold',
    summary: 'Undo the planned deletion of a backup. The backup is held from then on.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 200, schema: backupViewSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await viewBackup(host, await undeleteBackup(host, principal, params.id), principal),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/backups/{id}/log',
    operationId: 'getBackupLog',
    of: 'backup',
    audited: true,
    needs: 'backup.read',
    summary: 'Get the log of a backup: its lines so far while it runs, the stored log file afterwards.',
    refuses: ['not_ready', 'place_not_allowed'],
    params: idParams,
    answers: { status: 200, text: 'text/plain' },
    handle: async ({ host, params }) => ({ status: 200, text: await backupLog(host, params.id) }),
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/download',
    operationId: 'downloadBackup',
    freshProof: never('the archive is encrypted'),
    of: 'backup',
    needs: 'backup.download',
    summary: 'Get a download URL for the archive; it supports Range requests and is valid for 15 minutes.',
    takes: ['Holdfast-Backup-Token'],
    refuses: ['backup_token_refused', ...findingArchive],
    params: idParams,
    answers: { status: 200, schema: downloadSchema },
    handle: async ({ host, principal, headers, params }) => {
      await requireBackupToken(host, principal, backupTokenOf(headers));
      const { key: _, url, ...download } = await downloadBackup(host, params.id);
      return { status: 200, body: { ...download, url: url ?? `/v1/backups/${params.id}/file` } };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/operations/{id}/cancel',
    operationId: 'cancelOperation',
    freshProof: never('it can be started again'),
    needs: 'installation.read',
    alsoNeeds:
      'It needs the permission that starting the operation needs: `backup.create`, `restore.run` (`restore.plan` of a dry run), `backup.verify`, `backup.upload` or `backup.reseal`.',
    summary: 'Cancel the running operation.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 202, schema: operationSchema },
    handle: async ({ host, principal, params }) => ({
      status: 202,
      body: await cancelPermitted(host, principal, params.id),
    }),
  }),
];
