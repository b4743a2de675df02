/** All ways to read an archive's content, each giving the whole content as one text. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { extractEntries } from '../../../lib/archive/extract/extract-entries.ts';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { iterateContents, readContentsPage } from '../../../lib/archive/reader/contents-pages.ts';
import type { OpenedArchive } from '../../../lib/archive/reader/open.ts';
import type { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { treeListing } from '../../archive/samples/sample-tree.ts';

export interface ReadHow {
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly pool: SegmentPool;
  /** A restore makes a folder for each component in it. */
  readonly folder: string;
}

export const RESTORE_ID = 'r-1';

const hashOf = async (content: AsyncIterable<Buffer>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
};

export const idsOf = ({ manifest }: OpenedArchive, layout: 'tar' | 'stream'): string[] =>
  Object.keys(manifest.components).filter((id) => manifest.components[id]?.layout === layout);

export const archiveReads: Readonly<Record<string, (how: ReadHow) => Promise<string>>> = {
  contents: async ({ archive, identity }) => {
    const listed: string[] = [];
    for await (const entry of iterateContents(archive, identity)) listed.push(JSON.stringify(entry));
    return listed.join('\n');
  },
  'a page of contents': async ({ archive, identity }) =>
    JSON.stringify(await readContentsPage(archive, identity, { skip: 3, limit: 5 })),
  entries: async ({ archive, identity, pool }) => {
    const found: string[] = [];
    for (const component of idsOf(archive, 'tar'))
      for await (const { entry, content } of extractEntries({ archive, component, identity, pool }))
        found.push(`${JSON.stringify(entry)} ${entry.type === 'file' ? await hashOf(content) : ''}`);
    return found.join('\n');
  },
  streams: async ({ archive, identity, pool }) => {
    const found: string[] = [];
    for (const component of idsOf(archive, 'stream'))
      found.push(await hashOf(extractStream({ archive, component, identity, pool })));
    return found.join('\n');
  },
  restore: async ({ archive, identity, pool, folder }) => {
    for (const component of idsOf(archive, 'tar')) {
      const target = join(folder, component);
      const options = { existing: 'refuse', restoreId: RESTORE_ID } as const;
      await extractTar({ archive, component, identity, pool, target, ...options });
    }
    return JSON.stringify(
      treeListing(folder).map((file) => [file.path, file.size, file.sha256, file.mode, file.mtime]),
    );
  },
};
