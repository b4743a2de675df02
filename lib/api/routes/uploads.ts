/** Archives that are uploaded as files. No function behind these routes opens a key. */
import * as z from 'zod';
import { count, instant } from '../../model/records/fields.ts';
import { importSchema, uploadSchema } from '../../model/records/transfer.ts';
import { pageSchema } from '../../model/requests/page.ts';
import { createUploadSchema } from '../../model/requests/uploads.ts';
import { getRecord } from '../../operations/task/operation-record.ts';
import { createUpload } from '../../operations/transfer/create-upload.ts';
import { requestImport } from '../../operations/transfer/request-import.ts';
import { listUploads, partTicket, showUpload } from '../../operations/transfer/upload-parts.ts';
import { abortUpload } from '../../operations/transfer/uploads.ts';
import { never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { readingArchive } from '../route-problems.ts';
import { startRoute } from '../start-route.ts';
import { idParams } from './backups.ts';
import { partParams } from './bytes.ts';

const uploadViewSchema = named('UploadView', uploadSchema.extend({ missing: z.array(count) }));
const partTicketSchema = named(
  'PartTicket',
  z.object({ number: count, bytes: count, url: z.string(), expiresAt: instant }),
);

export const uploadRoutes = [
  route({
    method: 'POST',
    path: '/v1/uploads',
    operationId: 'createUpload',
    freshProof: never('an upload is no backup until it is complete'),
    needs: 'backup.upload',
    summary: 'Start the upload of an archive; it is sent in parts of partBytes, the last one shorter.',
    refuses: ['conflict', 'file_exists', 'place_not_allowed', 'place_unwritable', 'storage_full'],
    body: createUploadSchema,
    answers: { status: 201, location: true, schema: uploadViewSchema },
    handle: async ({ host, principal, body }) => {
      const { id } = await createUpload(host, principal, body);
      return {
        status: 201,
        headers: { location: `/v1/uploads/${id}` },
        body: await showUpload(host, id),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/uploads',
    operationId: 'listUploads',
    needs: 'backup.upload',
    summary: 'List open uploads, the oldest first.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('UploadPage', uploadSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listUploads(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/uploads/{id}',
    operationId: 'getUpload',
    of: 'upload',
    needs: 'backup.upload',
    summary: 'Get an upload, and which parts are missing, so that it can continue where it was interrupted.',
    params: idParams,
    answers: { status: 200, schema: uploadViewSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await showUpload(host, params.id) }),
  }),
  route({
    method: 'POST',
    path: '/v1/uploads/{id}/parts/{number}',
    operationId: 'getPartUrl',
    freshProof: never('an upload is no backup until it is complete'),
    of: 'upload',
    needs: 'backup.upload',
    summary:
      'Get the address to which the bytes of a part are PUT; it is valid for 15 minutes. If it is a path of this API, it needs the token too.',
    refuses: ['conflict'],
    params: partParams,
    answers: {
      status: 200,
      schema: partTicketSchema,
    },
    handle: async ({ host, params }) => ({
      status: 200,
      body: await partTicket(host, params.id, params.number),
    }),
  }),
  startRoute({
    path: '/v1/uploads/{id}/complete',
    operationId: 'completeUpload',
    freshProof: never('it only adds a backup'),
    of: 'upload',
    needs: 'backup.upload',
    summary:
      'Complete an upload whose parts have all arrived: every byte is verified, then the archive is listed as a backup. Only one operation runs at a time.',
    refuses: ['not_ready', 'wrong_key', ...readingArchive],
    params: idParams,
    schema: importSchema,
    records: '/v1/imports',
    start: ({ host, principal, params }, options) => requestImport(host, principal, params.id, options),
  }),
  route({
    method: 'DELETE',
    path: '/v1/uploads/{id}',
    operationId: 'abortUpload',
    freshProof: never('it can be uploaded again'),
    of: 'upload',
    needs: 'backup.upload',
    summary: 'Abort an upload, and delete the parts that have arrived.',
    refuses: ['operation_running', 'conflict'],
    params: idParams,
    answers: { status: 204 },
    handle: async ({ host, params }) => {
      await abortUpload(host, params.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/imports/{id}',
    operationId: 'getImport',
    of: 'import',
    needs: 'backup.read',
    summary: 'Get the import of an upload: its progress, and how it ended.',
    params: idParams,
    answers: { status: 200, schema: importSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await getRecord(host, 'import', params.id) }),
  }),
];
