/** Whether an upload may begin: by the configuration, and by the room there is for it. */
import { HoldfastError } from '../../model/errors.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { bytesToCome } from './upload-parts.ts';

/** Free bytes that every place needs beside uploads: for records, and a running backup. */
const KEPT_FREE_BYTES = 16 * 1024 * 1024;

/**
 * Checks the limits and the room for an upload. The missing bytes of other uploads to the same place do not count as
 * free.
 *
 * @param key The store's key of the archive.
 * @throws `invalid_request` for more bytes, `conflict` for more uploads than the configuration allows; `storage_full`
 * when the place has too little free room, if it tells
 */
export const requireRoomForUpload = async (host: Host, key: string, bytes: number): Promise<void> => {
  const { maxBytes, maxOpen } = host.config.uploads;
  if (maxBytes !== undefined && bytes > maxBytes)
    throw new HoldfastError(
      'invalid_request',
      `an archive of ${bytes} bytes is larger than this installation allows: "uploads.maxBytes" in its configuration is ${maxBytes}`,
    );
  const place = host.objects.placeOf(key);
  const free = await host.objects.freeBytes?.(key);
  let open = 0;
  let promised = 0;
  for await (const upload of everyRecord(host, 'upload')) {
    open += 1;
    if (free !== undefined && upload.backupPath === place) promised += await bytesToCome(host, upload);
  }
  if (open >= maxOpen)
    throw new HoldfastError(
      'conflict',
      `${open} uploads are open, and no more than ${maxOpen} may be ("uploads.maxOpen" in the configuration); complete or abort one of them: holdfast upload list`,
    );
  if (free === undefined || bytes + promised + KEPT_FREE_BYTES <= free) return;
  const others = promised === 0 ? '' : `, of which other open uploads need ${promised}`;
  throw new HoldfastError(
    'storage_full',
    `there is not enough space for an archive of ${bytes} bytes: ${free} are free in ${place}${others}; free some space, or abort an upload (holdfast upload list)`,
  );
};
