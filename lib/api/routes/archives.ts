/** What opens archives: contents, restores, verifications. The functions behind these may unwrap keys. */
import * as z from 'zod';
import { contentsEntrySchema } from '../../archive/format.ts';
import { HoldfastError } from '../../model/errors.ts';
import { plannedEntrySchema, restoreSchema } from '../../model/records/restore.ts';
import { resealSchema } from '../../model/records/travel.ts';
import { verificationSchema } from '../../model/records/verification.ts';
import {
  componentPageSchema,
  createRestoreSchema,
  openingPassphraseSchema,
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
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

/** A passphrase for reading, percent-encoded in a header: in a URL it would end in logs. */
const PASSPHRASE_HEADER = 'holdfast-passphrase';
const passphraseOf = (headers: Readonly<Record<string, string | undefined>>): string | undefined => {
  const sent = headers[PASSPHRASE_HEADER];
  if (sent === undefined) return undefined;
  // Other bytes come as Latin-1, whatever they were, and would be another text than the one in a body.
  if (!/^[ -~]*$/.test(sent)) throw badHeader('has characters that are not encoded');
  let text: string;
  try {
    text = decodeURIComponent(sent);
  } catch {
    throw badHeader('is not UTF-8 in percent-encoding');
  }
  if (!openingPassphraseSchema.safeParse(text).success)
    throw badHeader('has no character, or more than 1024');
  return text;
};

const badHeader = (what: string): HoldfastError =>
  new HoldfastError(
    'invalid_request',
    `the header ${PASSPHRASE_HEADER} ${what}: send the passphrase as percent-encoded UTF-8 (a blank is %20)`,
  );

export const archiveRoutes = [
  route({
    method: 'GET',
    path: '/v1/backups/{id}/contents',
    operationId: 'listContents',
    summary: 'What an archive holds, entry by entry, without reading the whole archive.',
    params: idParams,
    query: componentPageSchema,
    answers: { status: 200, schema: pageOf(contentsEntrySchema.extend({ component: z.string() })) },
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
    params: idParams,
    body: createRestoreSchema,
    answers: { status: 202, schema: restoreSchema },
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
    answers: { status: 200, schema: pageOf(restoreSchema) },
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
    params: idParams,
    query: componentPageSchema,
    answers: { status: 200, schema: pageOf(plannedEntrySchema).extend({ unlisted: z.number() }) },
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
    params: idParams,
    body: verifyBackupSchema,
    answers: { status: 202, schema: verificationSchema },
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
    params: idParams,
    body: resealBackupSchema,
    answers: { status: 202, schema: resealSchema },
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
