/** Uploads and imports during which a server is killed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../../acceptance/api.ts';
import { downloadArchive, sendParts } from '../../transfer/transfers.ts';
import type { KilledInstallation } from './killed-installation.ts';
import { endOf, type Operation, through } from './operation.ts';

/** Imports an archive that was deleted here before. */
const bringBack = async (
  here: KilledInstallation,
): Promise<{ archive: Buffer; record: Answer['body']; upload: Answer['body'] }> => {
  const record = await here.backup();
  const archive = await downloadArchive(here.api, record.id);
  await here.api.delete(`/v1/backups/${record.id}`);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const upload = (await here.api.post('/v1/uploads', { bytes: archive.length, sha256 })).body;
  return { archive, record, upload };
};

const importPath = ({ id }: Answer['body']): string => `/v1/imports/${id}`;

const completed = async (here: KilledInstallation, uploadId: string): Promise<string[]> => {
  const answer = await here.api.post(`/v1/uploads/${uploadId}/complete`);
  if (answer.status !== 202) return [`it cannot be completed again: ${answer.text}`];
  const { state, shortError } = await here.ended(importPath(answer.body));
  return state === 'SUCCESS' ? [] : [`completed again, it is ${state}: ${shortError}`];
};

export const importing: Operation = {
  calls: 48,
  prepare: async (here) => {
    const { archive, record: old, upload } = await bringBack(here);
    await sendParts(here.api, upload, archive);
    return {
      work: async () => through(here, await here.api.post(`/v1/uploads/${upload.id}/complete`), importPath),
      judge: async (answer) => {
        const { record, ended, faults } = await endOf(here, answer, importPath);
        const { status } = await here.api.get(`/v1/backups/${old.id}`);
        const isThere = existsSync(join(here.archives, old.fileName));
        if ((status === 200) !== isThere)
          faults.push(`its record answers ${status}, and its file is ${isThere ? '' : 'not '}there`);
        if (record?.state === 'SUCCESS' && status !== 200)
          faults.push('it was brought in, and is not listed');
        if (record?.state === 'FAILED' && status === 200) faults.push('it failed, and is listed');
        if (status !== 200) faults.push(...(await completed(here, upload.id)));
        return { ended, faults };
      },
    };
  },
};

export const uploading: Operation = {
  calls: 13,
  prepare: async (here) => {
    const { archive, upload } = await bringBack(here);
    return {
      work: async () => {
        await sendParts(here.api, upload, archive);
        return undefined;
      },
      judge: async () => {
        const { status, body } = await here.api.get(`/v1/uploads/${upload.id}`);
        if (status !== 200) return { ended: 'lost', faults: [`the upload is gone: ${status}`] };
        const ended = body.missing.length === 0 ? 'all parts there' : 'parts missing';
        await sendParts(here.api, body, archive);
        return { ended, faults: await completed(here, upload.id) };
      },
    };
  },
};
