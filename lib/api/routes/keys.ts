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
  pageSchema,
  uploadKeySchema,
} from '../../model/requests.ts';
import {
  createBackupKey,
  getKey,
  listKeys,
  makeDefaultKey,
  viewKey,
} from '../../operations/keys/backup-keys.ts';
import { deleteKey } from '../../operations/keys/delete-key.ts';
import { downloadKey, uploadKey } from '../../operations/keys/key-files.ts';
import { deleteVerifyKey, importVerifyKey, listVerifyKeys } from '../../operations/keys/verify-keys.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

const fingerprintParams = z.strictObject({ id: z.string().regex(/^[0-9a-f]{64}$/) });

const backupKeyRoutes = [
  route({
    method: 'POST',
    path: '/v1/keys',
    operationId: 'createKey',
    summary: 'Make a backup key. Its private half is kept wrapped by the key service.',
    body: createKeySchema,
    answers: { status: 201, schema: backupKeyViewSchema },
    handle: async ({ host, principal, body: { scope, domain, postQuantum, default: isDefault } }) => {
      const record = await createBackupKey(host, {
        scope,
        domain: domain ?? ROOT_DOMAIN,
        isDefault,
        postQuantum,
        createdBy: principal.name,
      });
      return { status: 201, headers: { location: `/v1/keys/${record.id}` }, body: viewKey(record) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    operationId: 'listKeys',
    summary: 'Backup keys, the newest first.',
    query: listKeysSchema,
    answers: { status: 200, schema: pageOf(backupKeyViewSchema) },
    handle: async ({ host, query }) => ({ status: 200, body: await listKeys(host, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/keys/{id}',
    operationId: 'getKey',
    summary: 'One backup key; never its private half.',
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
    summary: 'Make it the default: backups of its scope that name no key use it from now on.',
    params: idParams,
    answers: { status: 200, schema: backupKeyViewSchema },
    handle: async ({ host, params }) => ({
      status: 200,
      body: viewKey(await makeDefaultKey(host, params.id)),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/{id}/download',
    operationId: 'downloadKey',
    summary: 'A key file: the private half under a password of 12 or more characters, the rest in clear.',
    params: idParams,
    body: downloadKeySchema,
    answers: { status: 200, schema: z.object({ fileName: z.string(), file: z.string() }) },
    handle: async ({ host, principal, params, body }) => ({
      status: 200,
      body: { fileName: `${params.id}.key`, file: await downloadKey(host, principal, params.id, body) },
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/upload',
    operationId: 'uploadKey',
    summary:
      "Install a key of another installation, not as default, and trust that installation's signature.",
    body: uploadKeySchema,
    answers: { status: 201, schema: backupKeyViewSchema },
    handle: async ({ host, principal, body }) => {
      const record = await uploadKey(host, principal, body);
      return { status: 201, headers: { location: `/v1/keys/${record.id}` }, body: viewKey(record) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/keys/{id}',
    operationId: 'deleteKey',
    summary: 'Delete a key. Refused while it opens backups, unless forced with the ids of all of them.',
    params: idParams,
    body: deleteKeySchema,
    answers: { status: 204 },
    handle: async ({ host, principal, params, body }) => {
      await deleteKey(host, principal, params.id, body);
      return { status: 204 };
    },
  }),
];

const verifyKeyRoutes = [
  route({
    method: 'GET',
    path: '/v1/verify-keys',
    operationId: 'listVerifyKeys',
    summary: "Installations whose signatures are trusted; this installation's own key is among them.",
    query: pageSchema,
    answers: { status: 200, schema: pageOf(verifyKeySchema) },
    handle: async ({ host, query }) => ({ status: 200, body: await listVerifyKeys(host, query) }),
  }),
  route({
    method: 'POST',
    path: '/v1/verify-keys',
    operationId: 'importVerifyKey',
    summary: 'Trust the signature of another installation.',
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
    summary: 'Trust that signature no longer.',
    params: fingerprintParams,
    answers: { status: 204 },
    handle: async ({ host, params }) => {
      await deleteVerifyKey(host, params.id);
      return { status: 204 };
    },
  }),
];

export const keyRoutes = [...backupKeyRoutes, ...verifyKeyRoutes];
