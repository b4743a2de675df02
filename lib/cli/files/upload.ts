/** Sends an archive file to an installation: checked before it is sent, in parts, over broken connections. */
import { openAsBlob } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as uploads from '../../client/calls/uploads.ts';
import type { UploadRecord } from '../../model/records/transfer.ts';
import { Failure } from '../failure.ts';
import type { Answer } from '../requests/answer.ts';
import { type Client, mayPass } from '../requests/client.ts';
import type { Session } from '../session.ts';
import { type ProgressView, progressView } from '../waiting/progress-view.ts';
import { withArchiveFile } from './archive-file.ts';

type Upload = UploadRecord & { readonly missing: readonly number[] };

interface CheckedArchive {
  readonly backupId: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Tries in a row for one part. */
const TRIES = 6;
/** Parts that go straight to a store are sent side by side; our own server takes them one by one, in their order. */
const PARALLEL = 4;

/** Sends the missing parts of the file, and returns the upload's id. A repeated call continues where it broke off. */
export const sendArchive = async (
  session: Session,
  file: string,
  names: { readonly fileName?: string; readonly backupPath?: string },
): Promise<string> => {
  const view = progressView(session.output);
  const interrupt = (): void => {
    view.end();
    process.off('SIGINT', interrupt);
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', interrupt);
  try {
    const archive = await checkArchive(file, view);
    const client = await session.client();
    const upload = await client.ask(uploads.begin({ ...names, ...archive }));
    await sendMissing(client, upload, file, view);
    return upload.text('id');
  } finally {
    process.off('SIGINT', interrupt);
    view.end();
  }
};

/**
 * Checks all of the file against its own signed manifest, so that a bad copy is not sent. The server judges whose
 * signature it is.
 */
const checkArchive = async (file: string, view: ProgressView): Promise<CheckedArchive> => {
  const [{ openArchive }, { verifyArchive }] = await Promise.all([
    import('../../archive/reader/open.ts'),
    import('../../archive/verify/verify.ts'),
  ]);
  return withArchiveFile(file, async (source) => {
    const archive = await openArchive(source, { trust: () => true });
    const { backupId } = archive.manifest;
    const { sha256 = '' } = await verifyArchive(archive, {
      wholeFile: true,
      onProgress: ({ bytesDone, bytesTotal }) =>
        view.update({ id: backupId, step: 'check', bytes: bytesDone, expectedBytes: bytesTotal }),
    });
    return { backupId, bytes: source.size, sha256 };
  });
};

const sendMissing = async (
  client: Client,
  upload: Answer<Upload>,
  file: string,
  view: ProgressView,
): Promise<void> => {
  const id = upload.text('id');
  const [total, partBytes] = [upload.count('bytes'), upload.count('partBytes')];
  const missing = numbersOf(upload);
  const blob = await openAsBlob(file);
  const sizeOf = (number: number): number => Math.min(partBytes, total - (number - 1) * partBytes);
  let sent = total - missing.reduce((sum, number) => sum + sizeOf(number), 0);
  if (sent > 0 && missing.length > 0) view.milestone('continuing an earlier upload');
  let lanes = 1;
  const lane = async (): Promise<void> => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      const start = (number - 1) * partBytes;
      const own = await sendPart(client, id, number, blob.slice(start, start + sizeOf(number)));
      sent += sizeOf(number);
      view.update({ id, step: 'upload', bytes: sent, expectedBytes: total });
      if (!own) lanes = PARALLEL;
    }
  };
  // The first part shows where parts are sent.
  const [first, ...rest] = missing.splice(0);
  if (first === undefined) return;
  missing.push(first);
  await lane();
  missing.push(...rest);
  await Promise.all(Array.from({ length: lanes }, lane));
};

const numbersOf = (upload: Answer<Upload>): number[] => {
  const { missing } = upload.raw;
  return Array.isArray(missing) ? missing.filter((number) => typeof number === 'number') : [];
};

/** True when the installation's own server received it. */
const sendPart = async (client: Client, id: string, number: number, bytes: Blob): Promise<boolean> => {
  for (let tries = 1; ; tries++) {
    try {
      const ticket = await client.ask(uploads.part(id, number));
      if (ticket.count('bytes') !== bytes.size)
        throw new Failure('archive_damaged', 'the file has changed since it was checked', {
          hint: 'Run the command again when nothing writes to the file any more.',
        });
      await client.put(ticket.text('url'), bytes);
      return ticket.text('url').startsWith('/');
    } catch (error) {
      if (!mayPass(error) || tries >= TRIES) throw error;
      await delay(250 * 2 ** tries);
    }
  }
};
