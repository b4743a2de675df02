import { ArchiveError } from '../../archive/errors.ts';
import { openArchive } from '../../archive/reader/open.ts';
import { SegmentPool } from '../../archive/threads/segment-pool.ts';
import { verifyArchive } from '../../archive/verify/verify.ts';
import { withArchiveFile } from './archive-file.ts';

/** Whether a file is the whole archive of the manifest with that SHA-256 (hex): every byte of it is read. */
export const isArchiveOf = (path: string, manifestSha256: string): Promise<boolean> =>
  withArchiveFile(path, async (source) => {
    const pool = new SegmentPool();
    try {
      await verifyArchive(await openArchive(source, { trust: (_, found) => found === manifestSha256 }), {
        pool,
      });
      return true;
    } catch (thrown) {
      if (thrown instanceof ArchiveError) return false;
      throw thrown;
    } finally {
      await pool.close();
    }
  });
