import { LOG_NAME } from '../../archive/member-names.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { idSchema, labelOf } from '../../model/ids.ts';
import type { BackupRecord, ComponentBackup } from '../../model/records/backup.ts';
import type { ImportRecord } from '../../model/records/transfer.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';
import type { RecordedArchive } from '../stored/recorded-seal.ts';
import { withinRecord } from '../task/within-record.ts';

/** The step from which on the archive may have its name. */
export const PLACING = 'place-archive';

/** The name under which an import puts its archive, and what identifies the archive. */
export const importedFile = (record: ImportRecord): RecordedArchive => ({ ...record, id: record.backupId });

/** The record of an imported archive, a backup like any other: what its manifest tells, under its own id. */
export const importedBackup = async (
  host: Host,
  record: ImportRecord,
  { manifest, signature, archiveBytes }: OpenedArchive,
  verifiedAt: string,
): Promise<BackupRecord> => {
  // Read from the catalog, so that the function that ends an import needs no right to the signing key.
  const own = (await host.catalog.get('verifyKey', verifyKeyId(signature.verifyKey)))?.record.own === true;
  const components = componentsOf(manifest);
  const partial = Object.values(components).some(({ state }) => state === 'PARTIAL');
  const includeLogs = manifest.members.some(({ name }) => name === LOG_NAME);
  return {
    id: idSchema.parse(manifest.backupId),
    label: labelOf(manifest.backupId),
    description: manifest.description,
    scope: manifest.scope,
    // The domain that the archive was imported for, whatever the name of its original domain.
    domain: record.domains?.[0] ?? manifest.domain,
    state: partial ? 'PARTIAL' : 'SUCCESS',
    shortError: '',
    errorCode: null,
    createdBy: manifest.createdBy,
    createdAt: manifest.createdAt,
    completedAt: manifest.completedAt,
    encrypted: true,
    encryption: manifest.encryption,
    tiedToHsm: manifest.encryption.mode === 'hsm',
    archiveKey: manifest.archiveKey,
    fileName: record.fileName,
    logFileName: '',
    backupPath: record.backupPath,
    host: '',
    productVersion: manifest.productVersion,
    formatVersion: manifest.format,
    components: withinRecord(components),
    filters: [],
    includeLogs,
    overwrite: false,
    sourceBytes: manifest.sourceBytes,
    archiveBytes,
    entries: manifest.entries,
    sha256: record.sha256,
    progress: {
      step: 'imported',
      sourceBytes: manifest.sourceBytes,
      entries: manifest.entries,
      expectedBytes: null,
      cancelledBy: null,
      updatedAt: timestamp(host.clock),
    },
    verifiedAt,
    imported: true,
    importedAt: verifiedAt,
    importedFrom: manifest.installation,
    signedBy: own ? null : signature.verifyKey,
    manifestSha256: signature.manifestSha256,
    trustedSigner: null,
    scheduleId: null,
  };
};

const componentsOf = ({ components }: OpenedArchive['manifest']): Record<string, ComponentBackup> =>
  Object.fromEntries(
    Object.entries(components).map(([id, summary]): [string, ComponentBackup] => [
      id,
      {
        kind: summary.kind,
        state: summary.outcome === 'partial' ? 'PARTIAL' : 'SUCCESS',
        capturedAt: summary.capturedAt,
        sourceBytes: summary.sourceBytes,
        entries: summary.entries,
        skippedCount: summary.skippedCount,
        skipped: summary.skipped,
        shortError: '',
      },
    ]),
  );
