/** `backup verify --file`: the whole check on this machine, without a server. */
import type { OpenedArchive } from '../../archive/reader/open.ts';
import type { Sample, Verification } from '../../archive/verify/verify.ts';
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
  const { openArchive } = await import('../../archive/reader/open.ts');
  const sample = subset === undefined ? undefined : sampleOf(subset);
  await withArchiveFile(path, async (source) => {
    const archive = await openArchive(source, signersNamed(verifyKey));
    const identity = options.deep === true ? await givenIdentity(session, archive, options) : undefined;
    const found = await verified(session, archive, { sample, identity });
    const { verifyKey: signer } = archive.signature;
    const { backupId } = archive.manifest;
    const deep = identity !== undefined;
    const told = { file: path, backupId, state: 'SUCCESS', verifyKey: signer, deep };
    await session.output.result({ ...told, ...found, subset: subset ?? '1/1' }, () => [
      `${visible(path)} is whole: every byte is as it was sealed`,
      ...pairLines([
        ['backup', visible(backupId)],
        [
          'checked',
          `${countOf(found.membersVerified, 'member')} of ${found.membersTotal}, ${formatBytes(found.bytesVerified)}`,
        ],
        ['also', deep ? 'decrypted and decompressed, and all entries match the list of contents' : ''],
        ['sha256', found.sha256 ?? ''],
        [
          'signed by',
          `${signer}${verifyKey === undefined ? ' (compare it with the installation you expect)' : ', which you trust'}`,
        ],
      ]),
    ]);
  });
};

const givenIdentity = (session: Session, archive: OpenedArchive, options: IdentityOptions): Promise<string> =>
  archiveIdentity(session, archive, options, () =>
    usageFailure(
      '--deep needs the backup key',
      'Give --identity-file with its private half, an age identity.',
    ),
  );

/** Verifies the archive, and shows how far it is. */
const verified = async (
  session: Session,
  archive: OpenedArchive,
  { sample, identity }: { readonly sample: Sample | undefined; readonly identity: string | undefined },
): Promise<Verification> => {
  const [{ verifyArchive }, { SegmentPool }] = await Promise.all([
    import('../../archive/verify/verify.ts'),
    import('../../archive/threads/segment-pool.ts'),
  ]);
  const view = progressView(session.output);
  const pool = new SegmentPool();
  return verifyArchive(archive, {
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
};

const sampleOf = (subset: string): Sample => {
  const [, part = 0, of = 0] = /^(\d{1,4})\/(\d{1,4})$/.exec(subset)?.map(Number) ?? [];
  if (part < 1 || part > of)
    throw usageFailure(`--subset ${subset}: not n/t such as 1/5, with n from 1 to t`);
  return { part, of };
};
