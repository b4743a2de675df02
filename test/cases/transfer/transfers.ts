/** What goes from one installation to another, as files: over HTTP only. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Api } from '../../acceptance/api.ts';

/** The archive of a backup, whole. */
export const downloadArchive = async (api: Api, backupId: string): Promise<Buffer> => {
  const { body } = await api.post(`/v1/backups/${backupId}/download`);
  const response = await fetch(`${api.url}${body.url}`, {
    headers: { authorization: `Bearer ${api.token}` },
  });
  return Buffer.from(await response.arrayBuffer());
};

/** The parts of an upload that are still missing; `upTo` leaves the rest out. */
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

/** Brings an archive in; answers the import in its final state, or the refusal. */
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

/** What a request has to name to trust a backup's archive: as its record says it. */
export const sealOf = async (
  api: Api,
  backupId: string,
): Promise<{ verifyKey: string; manifestSha256: string }> => {
  const { signedBy, manifestSha256 } = (await api.get(`/v1/backups/${backupId}`)).body;
  return { verifyKey: signedBy, manifestSha256 };
};

/** Seals a backup to another key; answers the re-seal in its final state, or the refusal. */
export const reseal = async (
  api: Api,
  backupId: string,
  request: Record<string, unknown> = {},
): Promise<Answer['body']> => {
  const { status, body } = await api.post(`/v1/backups/${backupId}/reseal`, request);
  return status === 202 ? api.ended(`/v1/reseals/${body.id}`) : body;
};

/**
 * An attempt at a password as a patient client makes it: on a machine that has much else to do some of many at once are
 * asked to come back, not for guessing but for the crowd.
 */
export const patiently = async (attempt: () => Promise<Answer>): Promise<Answer> => {
  const answer = await attempt();
  if (answer.status !== 429 || !String(answer.body.detail).includes('at a password at the same time'))
    return answer;
  await pause(Number(answer.headers.get('retry-after')) * 1000);
  return patiently(attempt);
};
