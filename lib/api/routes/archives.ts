/** What opens archives: contents, restores, verifications. The functions behind these may unwrap keys. */
import * as z from 'zod';
import { contentsEntrySchema } from '../../archive/format.ts';
import { count } from '../../model/records/fields.ts';
import { plannedEntrySchema, restoreSchema } from '../../model/records/restore.ts';
import { resealSchema } from '../../model/records/travel.ts';
import { verificationSchema } from '../../model/records/verification.ts';
import {
  componentPageSchema,
  createRestoreSchema,
  pageSchema,
  resealBackupSchema,
  verifyBackupSchema,
} from '../../model/requests.ts';
import { requestVerify } from '../../operations/archives/request-verify.ts';
import { backupContents } from '../../operations/backup/read-backups.ts';
import { readPlan } from '../../operations/restore/plan-pages.ts';
import { requestRestore } from '../../operations/restore/request-restore.ts';
import { requestReseal } from '../../operations/travel/request-reseal.ts';
import { getRecord } from '../../operations/workflow/operation-record.ts';
import { pageOf } from '../page.ts';
import { idempotencyKeyOf, passphraseOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { beginning, openingArchive } from '../route-problems.ts';
import { named } from '../schema-names.ts';
import { idParams } from './backups.ts';

const contentsEntryView = named('ContentsEntry', contentsEntrySchema.extend({ component: z.string() }));
const planPageSchema = named(
  'PlanPage',
  pageOf('PlannedEntryPage', plannedEntrySchema).extend({ unlisted: count }),
);

export const archiveRoutes = [
  route({
    method: 'GET',
    path: '/v1/backups/{id}/contents',
    operationId: 'listContents',
    summary: 'What an archive holds, entry by entry, without reading the whole archive.',
    takes: ['Holdfast-Passphrase'],
    refuses: [...openingArchive, 'not_in_archive'],
    params: idParams,
    query: componentPageSchema,
    answers: { status: 200, schema: pageOf('ContentsPage', contentsEntryView) },
    handle: async ({ host, principal, params, query, headers }) => ({
      status: 200,
      body: await backupContents(host, params.id, {
        ...query,
        passphrase: passphraseOf(headers),
        principal,
      }),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/restores',
    operationId: 'createRestore',
    summary: 'Restore a backup, or some of its components; with dryRun, only plan it.',
    takes: ['Idempotency-Key'],
    refuses: [
      ...openingArchive,
      ...beginning,
      'idempotency_conflict',
      'incompatible_version',
      'not_in_archive',
      'restore_refused',
      'in_place_unconfirmed',
      'in_place_disabled',
      'component_unavailable',
      'tool_missing',
    ],
    params: idParams,
    body: createRestoreSchema,
    answers: { status: 202, location: true, schema: restoreSchema },
    handle: async ({ host, principal, params, body, headers }) => {
      const record = await requestRestore(host, principal, params.id, body, {
        idempotencyKey: idempotencyKeyOf(headers),
      });
      return { status: 202, headers: { location: `/v1/restores/${record.id}` }, body: record };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/restores',
    operationId: 'listRestores',
    summary: 'Restores, the newest first.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('RestorePage', restoreSchema) },
    handle: async ({ host, query }) => {
      const { total, records } = await host.catalog.list('restore', { ...query, descending: true });
      return { status: 200, body: { ...query, total, resources: records } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/restores/{id}',
    operationId: 'getRestore',
    summary: 'One restore: its plan, and the status of each component.',
    params: idParams,
    answers: { status: 200, schema: restoreSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await getRecord(host, 'restore', params.id) }),
  }),
  route({
    method: 'GET',
    path: '/v1/restores/{id}/plan',
    operationId: 'readPlan',
    summary: 'What a restore would do, or does, entry by entry: what is refused first.',
    refuses: ['not_ready'],
    params: idParams,
    query: componentPageSchema,
    answers: { status: 200, schema: planPageSchema },
    handle: async ({ host, params, query }) => ({
      status: 200,
      body: await readPlan(host, params.id, query),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/verify',
    operationId: 'verifyBackup',
    summary: 'Read an archive, or a sample of it, against its signed manifest.',
    refuses: [...openingArchive, ...beginning],
    params: idParams,
    body: verifyBackupSchema,
    answers: { status: 202, location: true, schema: verificationSchema },
    handle: async ({ host, principal, params, body }) => {
      const record = await requestVerify(host, principal, params.id, body);
      return { status: 202, headers: { location: `/v1/verifications/${record.id}` }, body: record };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/backups/{id}/reseal',
    operationId: 'resealBackup',
    summary: 'Seal an archive to another backup key; its segments stay as they are.',
    refuses: [...openingArchive, ...beginning],
    params: idParams,
    body: resealBackupSchema,
    answers: { status: 202, location: true, schema: resealSchema },
    handle: async ({ host, principal, params, body }) => {
      const record = await requestReseal(host, principal, params.id, body);
      return { status: 202, headers: { location: `/v1/reseals/${record.id}` }, body: record };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/reseals/{id}',
    operationId: 'getReseal',
    summary: 'One re-seal.',
    params: idParams,
    answers: { status: 200, schema: resealSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await getRecord(host, 'reseal', params.id) }),
  }),
  route({
    method: 'GET',
    path: '/v1/verifications/{id}',
    operationId: 'getVerification',
    summary: 'One verification.',
    params: idParams,
    answers: { status: 200, schema: verificationSchema },
    handle: async ({ host, params }) => ({
      status: 200,
      body: await getRecord(host, 'verification', params.id),
    }),
  }),
];
