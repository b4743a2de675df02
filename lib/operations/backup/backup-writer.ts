import { FORMAT_VERSION, type Head } from '../../archive/format.ts';
import { ArchiveWriter } from '../../archive/writer/archive-writer.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';

/** Writes a backup's archive. What its `holdfast.json` says is known from the record before the first byte is captured. */
export const archiveWriterOf = (host: Host, record: BackupRecord): ArchiveWriter =>
  new ArchiveWriter(headOf(host, record));

const headOf = ({ config, segmentBytes }: Host, record: BackupRecord): Head => ({
  format: FORMAT_VERSION,
  backupId: record.id,
  installation: config.installation,
  createdAt: record.createdAt,
  createdBy: record.createdBy,
  description: record.description,
  scope: record.scope,
  domain: record.domain,
  productVersion: record.productVersion,
  archiveKey: record.archiveKey,
  segmentBytes,
});
