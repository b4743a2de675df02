/** What opens archives: contents, single files, restores, verifications. The functions behind these may unwrap keys. */
import * as z from 'zod';
import { contentsEntrySchema } from '../../archive/format.ts';
import { count } from '../../model/records/fields.ts';
import { resealSchema } from '../../model/records/reseal.ts';
import { plannedEntrySchema, restoreSchema } from '../../model/records/restore.ts';
import { verificationSchema } from '../../model/records/verification.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../model/requests/backups.ts';
import { componentPageSchema, pageSchema } from '../../model/requests/page.ts';
import { createRestoreSchema } from '../../model/requests/restores.ts';
import { listPermitted } from '../../operations/access/permitted.ts';
import { requireBackupToken } from '../../operations/access/tokens/backup-token.ts';
import { backupContents } from '../../operations/backup/read-backups.ts';
import { requestReseal } from '../../operations/reseal/request-reseal.ts';
import { viewRestore } from '../../operations/restore/component/restored-components.ts';
import { readPlan } from '../../operations/restore/plan/plan-pages.ts';
import { requestRestore } from '../../operations/restore/request-restore.ts';
import { getRecord } from '../../operations/task/operation-record.ts';
import { requestVerify } from '../../operations/verify/request-verify.ts';
import { always, never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { approvalHeaders, approvalOf, backupTokenOf, passphraseOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { openingArchive, wantingApproval } from '../route-problems.ts';
import { startRoute } from '../start-route.ts';
import { archivedFileRoute } from './archived-file.ts';
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
    of: 'backup',
    audited: true,
    needs: 'backup.contents',
    summary: 'List the contents of an archive, entry by entry, without reading the whole archive.',
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
  archivedFileRoute,
  startRoute({
    path: '/v1/backups/{id}/restores',
    operationId: 'createRestore',
    freshProof: {
      asked: { when: 'it is not a dry run', is: ({ body }) => !body.dryRun },
      why: 'existing entries at the target are overwritten',
    },
    of: 'backup',
    alsoNeeds:
      'Without dryRun it needs `restore.run`. For a target that is not the source of a component of the domain, it needs that permission for the whole installation.',
    needs: 'restore.plan',
    summary: 'Restore a backup, or some of its components; with dryRun, only plan the restore.',
    takes: ['Holdfast-Backup-Token', ...approvalHeaders],
    refuses: [
      'backup_token_refused',
      ...wantingApproval,
      ...openingArchive,
      'incompatible_version',
      'not_in_archive',
      'restore_refused',
      'in_place_unconfirmed',
      'in_place_disabled',
      'restores_disabled',
      'component_unavailable',
      'tool_missing',
    ],
    params: idParams,
    body: createRestoreSchema,
    schema: restoreSchema,
    records: '/v1/restores',
    start: async ({ host, principal, params, body, headers }, options) => {
      if (!body.dryRun) await requireBackupToken(host, principal, backupTokenOf(headers));
      return requestRestore(host, principal, params.id, body, { ...options, approval: approvalOf(headers) });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/restores',
    operationId: 'listRestores',
    needs: 'backup.read',
    summary: 'List restores, the newest first.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('RestorePage', restoreSchema) },
    handle: async ({ host, principal, query }) => {
      const { total, records } = await listPermitted(host, principal, 'backup.read', 'restore', {
        ...query,
        descending: true,
      });
      const resources = await Promise.all(records.map((record) => viewRestore(host, record)));
      return { status: 200, body: { ...query, total, resources } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/restores/{id}',
    operationId: 'getRestore',
    of: 'restore',
    needs: 'backup.read',
    summary: 'Get a restore: its plan, and the status of each component.',
    params: idParams,
    answers: { status: 200, schema: restoreSchema },
    handle: async ({ host, params }) => ({
      status: 200,
      body: await viewRestore(host, await getRecord(host, 'restore', params.id)),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/restores/{id}/plan',
    operationId: 'readPlan',
    of: 'restore',
    needs: 'restore.plan',
    summary: 'List what a restore does or would do, entry by entry; refused entries come first.',
    refuses: ['not_ready'],
    params: idParams,
    query: componentPageSchema,
    answers: { status: 200, schema: planPageSchema },
    handle: async ({ host, params, query }) => ({
      status: 200,
      body: await readPlan(host, params.id, query),
    }),
  }),
  startRoute({
    path: '/v1/backups/{id}/verify',
    operationId: 'verifyBackup',
    freshProof: never('it only reads'),
    of: 'backup',
    needs: 'backup.verify',
    summary: 'Verify an archive, or a sample of it, against its signed manifest.',
    refuses: openingArchive,
    params: idParams,
    body: verifyBackupSchema,
    schema: verificationSchema,
    records: '/v1/verifications',
    start: ({ host, principal, params, body }, options) =>
      requestVerify(host, principal, params.id, body, options),
  }),
  startRoute({
    path: '/v1/backups/{id}/reseal',
    operationId: 'resealBackup',
    freshProof: always('whoever has the other key can read the backup from then on'),
    of: 'backup',
    needs: 'backup.reseal',
    summary: 'Re-seal an archive to another backup key; its segments stay as they are.',
    takes: approvalHeaders,
    refuses: [...openingArchive, ...wantingApproval],
    params: idParams,
    body: resealBackupSchema,
    schema: resealSchema,
    records: '/v1/reseals',
    start: ({ host, principal, params, body, headers }, options) =>
      requestReseal(host, principal, params.id, body, { ...options, approval: approvalOf(headers) }),
  }),
  route({
    method: 'GET',
    path: '/v1/reseals/{id}',
    operationId: 'getReseal',
    of: 'reseal',
    needs: 'backup.read',
    summary: 'One re-seal.',
    params: idParams,
    answers: { status: 200, schema: resealSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await getRecord(host, 'reseal', params.id) }),
  }),
  route({
    method: 'GET',
    path: '/v1/verifications/{id}',
    operationId: 'getVerification',
    of: 'verification',
    needs: 'backup.read',
    summary: 'One verification.',
    params: idParams,
    answers: { status: 200, schema: verificationSchema },
    handle: async ({ host, params }) => ({
      status: 200,
      body: await getRecord(host, 'verification', params.id),
    }),
  }),
];
