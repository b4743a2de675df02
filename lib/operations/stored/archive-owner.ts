import { readHeadBackupId } from '../../archive/reader/read-head.ts';
import { readSeal } from '../../archive/reader/read-seal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { Host } from '../../ports/host.ts';
import { archiveSource } from './archive-source.ts';
import { exchanged, isRecorded, knownSigners, ofAnother, type RecordedArchive } from './recorded-seal.ts';
import { unrecordedReseal } from './resealed-backup.ts';

/** Whose file has a backup's name, by three small reads: the content of the file is not checked. */
export type StandingFile =
  /** The backup's own. Without a seal its end is damaged, and only its head says whose it is. */
  | {
      readonly whose: 'own';
      readonly seal: ArchiveSeal | undefined;
      /** The re-seal that gave it a new end, when the record does not tell of it. */
      readonly reseal?: ResealRecord;
    }
  /** An archive of another backup, or an archive that replaced the backup's own. */
  | { readonly whose: 'another'; readonly refusal: HoldfastError }
  /** There is no file, or it is not an archive, or one too damaged to tell. */
  | { readonly whose: 'unknown' };

/** @throws `unavailable` when the store does not answer: then nothing may be decided. */
export const standingFile = async (host: Host, record: RecordedArchive): Promise<StandingFile> => {
  try {
    const source = await archiveSource(host, record);
    const owner = await readHeadBackupId(source);
    if (owner === undefined) return { whose: 'unknown' };
    if (owner !== record.id) return { whose: 'another', refusal: ofAnother(record, owner) };
    const seal = await readSeal(source);
    const signers = await knownSigners(host);
    if (seal === undefined || isRecorded(record, seal, signers)) return { whose: 'own', seal };
    const reseal = await unrecordedReseal(host, record, seal, signers);
    if (reseal !== undefined) return { whose: 'own', seal, reseal };
    return { whose: 'another', refusal: exchanged(record, seal) };
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'unavailable') throw thrown;
    host.log.debug('the file of this name could not be opened as an archive', {
      fileName: record.fileName,
      reason: String(thrown),
    });
    return { whose: 'unknown' };
  }
};

/** Whether the file under a backup's name is its own. @throws `unavailable` */
export const isOwnFile = async (host: Host, record: RecordedArchive): Promise<boolean> =>
  (await standingFile(host, record)).whose === 'own';
