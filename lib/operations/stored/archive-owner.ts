import { readHeadBackupId } from '../../archive/reader/read-head.ts';
import { readSeal } from '../../archive/reader/read-seal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import type { Host } from '../../ports/host.ts';
import { archiveSource } from './archive-source.ts';
import { exchanged, isRecorded, knownSigners, ofAnother, type RecordedArchive } from './recorded-seal.ts';
import { unrecordedReseal } from './resealed-backup.ts';

/** Whose file stands under a backup's name, by three small reads: nothing that the file holds is checked. */
export type StandingFile =
  /** The backup's own. Without a seal its end is damaged, and only its head says so. */
  | {
      readonly whose: 'own';
      readonly seal: ArchiveSeal | undefined;
      /** It has a new end by this re-seal, of which the record does not tell. */
      readonly reseal?: ResealRecord;
    }
  /** An archive of another backup, or one that was exchanged for the own. */
  | { readonly whose: 'another'; readonly refusal: HoldfastError }
  /** Nothing, no archive, or one that is damaged so that it tells nothing. */
  | { readonly whose: 'unknown' };

/** @throws `unavailable` when the store does not answer: then nobody knows, and nothing may be decided. */
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
    host.log.debug('no archive could be opened under the name', {
      fileName: record.fileName,
      reason: String(thrown),
    });
    return { whose: 'unknown' };
  }
};

/** Whether the file under a backup's name is its own. @throws `unavailable` */
export const isOwnFile = async (host: Host, record: RecordedArchive): Promise<boolean> =>
  (await standingFile(host, record)).whose === 'own';
