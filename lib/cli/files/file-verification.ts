/** `backup verify --file`: the whole check on this machine, without a server. */
import { usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';
import { countOf, formatBytes } from '../terminal/quantities.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';
import { progressView } from '../waiting/progress-view.ts';
import { signersNamed, withArchiveFile } from './archive-file.ts';
import { archiveIdentity, type IdentityOptions } from './archive-identity.ts';

export interface FileVerificationOptions extends IdentityOptions {
  readonly subset?: string;
  readonly deep?: true;
  readonly verifyKey?: readonly string[];
}

/**
 * Verifies and reports. Without `--verify-key` any signer is accepted, and is named.
 *
 * @throws the archive's refusals: `archive_damaged`, `archive_cut`, `archive_signature_invalid`, `wrong_passphrase` ...
 */
export const verifyFile = async (
  session: Session,
  path: string,
  { verifyKey, subset, ...options }: FileVerificationOptions,
): Promise<void> => {
  const [{ openArchive }, { verifyArchive }, { SegmentPool }] = await Promise.all([
    import('../../archive/reader/open.ts'),
    import('../../archive/verify/verify.ts'),
    import('../../archive/threads/segment-pool.ts'),
  ]);
  const sample = subset === undefined ? undefined : sampleOf(subset);
  await withArchiveFile(path, async (source) => {
    const archive = await openArchive(source, signersNamed(verifyKey));
    const identity =
      options.deep === true
        ? await archiveIdentity(session, archive, options, () =>
            usageFailure(
              '--deep needs the backup key',
              'Give --identity-file with its private half, an age identity.',
            ),
          )
        : undefined;
    const view = progressView(session.output);
    const pool = new SegmentPool();
    const found = await verifyArchive(archive, {
      ...(sample === undefined ? { wholeFile: true } : { sample }),
      ...(identity === undefined ? {} : { identity }),
      pool,
      onProgress: ({ bytesDone, bytesTotal }) =>
        view.update({
          id: archive.manifest.backupId,
          step: 'verify-archive',
          bytes: bytesDone,
          expectedBytes: bytesTotal,
        }),
    }).finally(() => {
      view.end();
      return pool.close();
    });
    const { verifyKey: signer } = archive.signature;
    const told = {
      file: path,
      backupId: archive.manifest.backupId,
      state: 'SUCCESS',
      verifyKey: signer,
      deep: identity !== undefined,
    };
    await session.output.result({ ...told, ...found, subset: subset ?? '1/1' }, () => [
      `${visible(path)} is whole: it is what was sealed`,
      ...pairLines([
        ['backup', visible(archive.manifest.backupId)],
        [
          'checked',
          `${countOf(found.membersVerified, 'member')} of ${found.membersTotal}, ${formatBytes(found.bytesVerified)}`,
        ],
        [
          'also',
          identity === undefined ? '' : 'decrypted and decompressed, and all entries are what contents list',
        ],
        ['sha256', found.sha256 ?? ''],
        [
          'signed by',
          `${signer}${verifyKey === undefined ? ' (compare it with the installation you expect)' : ', which you trust'}`,
        ],
      ]),
    ]);
  });
};

const sampleOf = (subset: string): { part: number; of: number } => {
  const [, part = 0, of = 0] = /^(\d{1,4})\/(\d{1,4})$/.exec(subset)?.map(Number) ?? [];
  if (part < 1 || part > of)
    throw usageFailure(`--subset ${subset}: not n/t such as 1/5, with n from 1 to t`);
  return { part, of };
};
