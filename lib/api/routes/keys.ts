/** Backup keys and verify keys. Functions behind these routes may unwrap a key, to hand it out under a password. */
import * as z from 'zod';
import { backupKeyViewSchema, verifyKeySchema } from '../../model/records/keys.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import {
  createKeySchema,
  deleteKeySchema,
  downloadKeySchema,
  importVerifyKeySchema,
  listKeysSchema,
  uploadKeySchema,
} from '../../model/requests/keys.ts';
import { pageSchema } from '../../model/requests/page.ts';
import {
  getKey,
  listKeys,
  makeDefaultKey,
  requestBackupKey,
  viewKey,
} from '../../operations/keys/backup-keys.ts';
import { deleteKey } from '../../operations/keys/delete-key.ts';
import { downloadKey, uploadKey } from '../../operations/keys/key-files.ts';
import { deleteVerifyKey, importVerifyKey, listVerifyKeys } from '../../operations/keys/verify-keys.ts';
import { always, never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { approvalHeaders, approvalOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { wantingApproval } from '../route-problems.ts';
import { idParams } from './backups.ts';

const fingerprintParams = z.strictObject({ id: z.string().regex(/^[0-9a-f]{64}$/) });

const keyFileSchema = named('KeyFile', z.object({ fileName: z.string(), file: z.string() }));

const backupKeyRoutes = [
  route({
    method: 'POST',
    path: '/v1/keys',
    operationId: 'createKey',
    freshProof: never('it stays here until it is downloaded'),
    needs: 'key.write',
    summary: 'Create a backup key. The key service wraps its private half.',
    refuses: ['conflict', 'storage_full'],
    body: createKeySchema,
    answers: { status: 201, location: true, schema: backupKeyViewSchema },
    handle: async ({ host, principal, body: { scope, domain, postQuantum, default: isDefault } }) => {
      const record = await requestBackupKey(host, principal, {
        scope,
        domain: domain ?? ROOT_DOMAIN,
        isDefault,
        postQuantum,
      });
      return { status: 201, headers: { location: `/v1/keys/${record.id}` }, body: viewKey(record) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    operationId: 'listKeys',
    needs: 'key.read',
    summary: 'List backup keys, the newest first.',
    query: listKeysSchema,
    answers: { status: 200, schema: pageOf('BackupKeyPage', backupKeyViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listKeys(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/keys/{id}',
    operationId: 'getKey',
    of: 'key',
    needs: 'key.read',
    summary: 'Get a backup key; never its private half.',
    params: idParams,
    answers: { status: 200, schema: backupKeyViewSchema },
    handle: async ({ host, params }) => ({
      status: 200,
      body: viewKey((await getKey(host, params.id)).record),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/{id}/default',
    operationId: 'makeDefaultKey',
    freshProof: always('backups are sealed to that key in the meantime, whoever has it'),
    of: 'key',
    needs: 'key.write',
    summary: 'Make a key the default: backups of its scope that name no key use it from now on.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 200, schema: backupKeyViewSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: viewKey(await makeDefaultKey(host, principal, params.id)),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/{id}/download',
    operationId: 'downloadKey',
    freshProof: always('a key file that was handed out cannot be taken back'),
    of: 'key',
    needs: 'key.export',
    summary:
      'Download a key file: the private half is encrypted under a password of 12 or more characters, the rest is readable.',
    takes: approvalHeaders,
    refuses: ['wrong_key', 'conflict', 'storage_full', ...wantingApproval],
    params: idParams,
    body: downloadKeySchema,
    answers: { status: 200, schema: keyFileSchema },
    handle: async ({ host, principal, headers, params, body }) => ({
      status: 200,
      body: {
        fileName: `${params.id}.key`,
        file: await downloadKey(host, principal, params.id, body, approvalOf(headers)),
      },
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/upload',
    operationId: 'uploadKey',
    freshProof: always(
      'archives that its installation has signed are trusted, and backups may be sealed to it',
    ),
    needs: 'key.write',
    summary:
      'Upload a key of another installation, not as default, and trust the signature of that installation.',
    refuses: [
      'key_file_not_recognised',
      'key_file_format_unsupported',
      'key_file_cut',
      'key_file_damaged',
      'age_malformed',
      'passphrase_too_costly',
      'wrong_passphrase',
      'too_many_attempts',
      'conflict',
      'storage_full',
    ],
    body: uploadKeySchema,
    answers: { status: 201, location: true, schema: backupKeyViewSchema },
    handle: async ({ host, principal, body }) => {
      const record = await uploadKey(host, principal, body);
      return { status: 201, headers: { location: `/v1/keys/${record.id}` }, body: viewKey(record) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/keys/{id}',
    operationId: 'deleteKey',
    freshProof: always('archives that are sealed to it no longer open here'),
    of: 'key',
    needs: 'key.delete',
    summary:
      'Delete a key. This is refused while the key opens backups, unless it is forced with the ids of all of them.',
    takes: approvalHeaders,
    refuses: ['conflict', 'key_in_use', 'storage_full', ...wantingApproval],
    params: idParams,
    body: deleteKeySchema,
    answers: { status: 204 },
    handle: async ({ host, principal, headers, params, body }) => {
      await deleteKey(host, principal, params.id, body, approvalOf(headers));
      return { status: 204 };
    },
  }),
];

const verifyKeyRoutes = [
  route({
    method: 'GET',
    path: '/v1/verify-keys',
    operationId: 'listVerifyKeys',
    needs: 'key.read',
    summary: 'List the installations whose signatures are trusted, among them this installation itself.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('VerifyKeyPage', verifyKeySchema) },
    handle: async ({ host, query }) => ({ status: 200, body: await listVerifyKeys(host, query) }),
  }),
  route({
    method: 'POST',
    path: '/v1/verify-keys',
    operationId: 'importVerifyKey',
    freshProof: always('archives that its owner has signed are trusted'),
    alsoNeeds: 'It needs the permission for the whole installation.',
    needs: 'key.write',
    summary: 'Trust the signature of another installation.',
    refuses: ['conflict', 'storage_full'],
    body: importVerifyKeySchema,
    answers: { status: 201, schema: verifyKeySchema },
    handle: async ({ host, principal, body }) => ({
      status: 201,
      body: await importVerifyKey(host, principal, body),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/verify-keys/{id}',
    operationId: 'deleteVerifyKey',
    freshProof: always('archives of that installation are refused'),
    alsoNeeds: 'It needs the permission for the whole installation.',
    needs: 'key.delete',
    summary: 'Stop trusting the signature of an installation.',
    refuses: ['conflict', 'storage_full'],
    params: fingerprintParams,
    answers: { status: 204 },
    handle: async ({ host, principal, params }) => {
      await deleteVerifyKey(host, principal, params.id);
      return { status: 204 };
    },
  }),
];

export const keyRoutes = [...backupKeyRoutes, ...verifyKeyRoutes];
