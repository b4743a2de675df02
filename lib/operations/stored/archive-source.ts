import type { ByteSource } from '../../archive/reader/byte-source.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';

/** The store's key of a backup's archive. */
export const archiveObject = (host: Host, record: Pick<BackupRecord, 'fileName' | 'backupPath'>): string =>
  host.objects.locate(record.fileName, record.backupPath);

/** An archive in the store, to be read by ranges. @throws `not_found` when its file is gone. */
export const archiveSource = async (
  host: Host,
  record: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
): Promise<ByteSource> => {
  const key = archiveObject(host, record);
  if ((await host.objects.stat(key)) === undefined)
    throw new HoldfastError(
      'not_found',
      `the archive file "${record.fileName}" of backup ${record.id} is no longer in ${record.backupPath}; bring it back, or delete the backup`,
    );
  return objectSource(host, key);
};

/** Any object of the store, to be read by ranges. @throws `not_found` */
export const objectSource = async (host: Host, key: string): Promise<ByteSource> => {
  const found = await host.objects.stat(key);
  if (found === undefined) throw new HoldfastError('not_found', `there is no object ${key} in the store`);
  const { readBytes } = host.objects;
  const path = host.objects.filePath?.(key);
  return {
    size: found.bytes,
    read: (offset, length) => host.objects.read(key, offset, length),
    ...(readBytes !== undefined && { readBytes }),
    ...(path !== undefined && { path }),
  };
};
