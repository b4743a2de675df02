/** One file of a backup, as plain bytes. A host that streams answers this itself; a function answers files that fit. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import type { Principal } from '../../model/access/principal.ts';
import { requireBackupToken } from '../../operations/access/tokens/backup-token.ts';
import {
  type ArchivedFile,
  type FileQuery,
  openArchivedFile,
} from '../../operations/backup/archived-file.ts';
import type { Host } from '../../ports/host.ts';
import { attachmentNamed } from '../attachment.ts';
import { backupTokenOf, passphraseOf } from '../request-headers.ts';
import { requireOfRoute, route } from '../route.ts';
import { openingArchive } from '../route-problems.ts';
import { idParams } from './backups.ts';

/** The longest path: Linux has no longer ones, and the length of a request line is limited. */
const MOST_CHARACTERS = 8192;

export const fileQuerySchema = z.strictObject({
  component: componentIdSchema,
  /** The path as the list of contents shows it. */
  path: z.string().min(1).max(MOST_CHARACTERS),
  /** The bytes of the path as the list of contents shows them, if it does. */
  pathBase64: z
    .base64()
    .min(4)
    .max(2 * MOST_CHARACTERS)
    .optional(),
});

/** The most bytes of a file from a function: Lambda takes answers of 6 MB, and bytes grow by a third in them. */
const MOST_BYTES_OF_FUNCTION = 4 * 1024 * 1024;

/** What a file needs beside `backup.download`: a downloaded archive is sealed, and a file is not. */
const CONTENTS = { of: 'backup', needs: 'backup.contents' } as const;

export interface FileCall {
  readonly host: Host;
  readonly principal: Principal;
  readonly id: string;
  readonly query: FileQuery;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
}

/**
 * Finds the file for a caller who may have it.
 *
 * @throws `forbidden`, `backup_token_refused`, and what `openArchivedFile` throws
 */
export const fileAskedFor = async ({
  host,
  principal,
  id,
  query,
  headers,
  ...options
}: FileCall): Promise<ArchivedFile> => {
  await requireOfRoute(host, principal, CONTENTS, { id });
  await requireBackupToken(host, principal, backupTokenOf(headers));
  return openArchivedFile(host, id, query, { ...options, principal, passphrase: passphraseOf(headers) });
};

/** Headers beside those of every answer: whatever the file holds, no browser runs it. */
export const fileHeaders = ({ fileName }: ArchivedFile) => ({
  'content-type': 'application/octet-stream',
  'content-disposition': attachmentNamed(fileName),
  'content-security-policy': "default-src 'none'; sandbox",
});

const contentOf = async ({ content }: ArchivedFile): Promise<Uint8Array> =>
  Buffer.concat(await Array.fromAsync(content));

export const archivedFileRoute = route({
  method: 'GET',
  path: '/v1/backups/{id}/contents/file',
  operationId: 'getArchivedFile',
  of: 'backup',
  audited: true,
  auditedQuery: ['component', 'path'],
  needs: 'backup.download',
  alsoNeeds: 'It also needs `backup.contents` in that domain, since the file is sent decrypted.',
  summary:
    'Download the content of one file of a backup; folders cannot be downloaded. On AWS a file may have up to 4 MiB.',
  takes: ['Holdfast-Passphrase', 'Holdfast-Backup-Token'],
  refuses: [...openingArchive, 'backup_token_refused', 'not_in_archive', 'file_too_large'],
  params: idParams,
  query: fileQuerySchema,
  answers: { status: 200, bytes: 'application/octet-stream' },
  handle: async ({ host, principal, params, query, headers }) => {
    const file = await fileAskedFor({
      ...{ host, principal, headers, query, id: params.id, mostBytes: MOST_BYTES_OF_FUNCTION },
      signal: new AbortController().signal,
    });
    return { status: 200, headers: fileHeaders(file), bytes: await contentOf(file) };
  },
});
