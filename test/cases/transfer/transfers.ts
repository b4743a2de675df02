/** Transfers archives between installations as files, over HTTP only. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Api } from '../../acceptance/api.ts';

/** The whole archive of a backup. */
export const downloadArchive = async (api: Api, backupId: string): Promise<Buffer> => {
  const { body } = await api.post(`/v1/backups/${backupId}/download`);
  const response = await fetch(`${api.url}${body.url}`, {
    headers: { authorization: `Bearer ${api.token}` },
  });
  return Buffer.from(await response.arrayBuffer());
};

/** Sends the missing parts of an upload, up to the part `upTo`. */
export const sendParts = async (
  api: Api,
  upload: Answer['body'],
  bytes: Uint8Array,
  upTo = Number.POSITIVE_INFINITY,
): Promise<void> => {
  for (const number of upload.missing.slice(0, upTo)) {
    const start = (number - 1) * upload.partBytes;
    const { body } = await api.post(`/v1/uploads/${upload.id}/parts/${number}`);
    const { status, text } = await api.call('PUT', body.url, {
      body: bytes.subarray(start, start + upload.partBytes),
    });
    if (status !== 204) throw new Error(`part ${number}: ${status} ${text}`);
  }
};

/** Uploads and imports an archive; returns the ended import, or the refusal. */
export const uploadArchive = async (
  api: Api,
  bytes: Uint8Array,
  request: Record<string, unknown> = {},
): Promise<Answer['body']> => {
  const created = await api.post('/v1/uploads', { bytes: bytes.length, ...request });
  if (created.status !== 201) return created.body;
  await sendParts(api, created.body, bytes);
  const completed = await api.post(`/v1/uploads/${created.body.id}/complete`);
  if (completed.status !== 202) return completed.body;
  return api.ended(`/v1/imports/${completed.body.id}`);
};

export const downloadKey = async (api: Api, keyId: string, password: string, hint = ''): Promise<string> => {
  const { status, body } = await api.post(`/v1/keys/${keyId}/download`, { password, hint });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body.file;
};

export const uploadKey = (api: Api, file: string, password: string): Promise<Answer> =>
  api.post('/v1/keys/upload', { file, password });

/** The signer and the manifest from a backup's record, which a request names to trust its archive. */
export const sealOf = async (
  api: Api,
  backupId: string,
): Promise<{ verifyKey: string; manifestSha256: string }> => {
  const { signedBy, manifestSha256 } = (await api.get(`/v1/backups/${backupId}`)).body;
  return { verifyKey: signedBy, manifestSha256 };
};

/** Re-seals a backup to another key; returns the ended re-seal, or the refusal. */
export const reseal = async (
  api: Api,
  backupId: string,
  request: Record<string, unknown> = {},
): Promise<Answer['body']> => {
  const { status, body } = await api.post(`/v1/backups/${backupId}/reseal`, request);
  return status === 202 ? api.ended(`/v1/reseals/${body.id}`) : body;
};

/**
 * Tries a password as a patient client does: on a busy machine the server tells some of many concurrent
 * clients to retry later because of load, not because of wrong guesses.
 */
export const patiently = async (attempt: () => Promise<Answer>): Promise<Answer> => {
  const answer = await attempt();
  if (answer.status !== 429 || !String(answer.body.detail).includes('at a password at the same time'))
    return answer;
  await pause(Number(answer.headers.get('retry-after')) * 1000);
  return patiently(attempt);
};
