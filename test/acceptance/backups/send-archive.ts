import type { Answer } from '../api.ts';
import type { AcceptanceHost } from '../host.ts';

/** Uploads an archive, each part to the URL of its ticket. Returns the ended import, or the refusal. */
export const sendArchive = async (host: AcceptanceHost, bytes: Uint8Array): Promise<Answer['body']> => {
  const { api } = host;
  const { status, body: upload } = await api.post('/v1/uploads', { bytes: bytes.length });
  if (status !== 201) return upload;
  for (const number of upload.missing) {
    const start = (number - 1) * upload.partBytes;
    const { body: ticket } = await api.post(`/v1/uploads/${upload.id}/parts/${number}`);
    await host.sendPart(ticket.url, bytes.subarray(start, start + upload.partBytes));
  }
  const once = { headers: { 'idempotency-key': `import ${upload.id}` } };
  const complete = () => api.post(`/v1/uploads/${upload.id}/complete`, undefined, once);
  const completed = await complete();
  if (completed.status !== 202) return completed.body;
  // A client that lost the answer sends the request again; this must not start a second import.
  const again = await complete();
  if (again.body.id !== completed.body.id) throw new Error(`a second import began: ${again.text}`);
  return api.ended(`/v1/imports/${completed.body.id}`, host.seconds);
};
