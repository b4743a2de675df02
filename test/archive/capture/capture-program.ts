/**
 * Captures a tree in a separate process, so that tests can make its file system calls fail:
 * `capture-program.ts ROOT FILE [SEGMENT_BYTES]` writes the members of the component `files` into FILE, as
 * JSON.
 */
import { writeFileSync } from 'node:fs';
import { captureTree } from '../../../lib/archive/capture/capture-tree.ts';
import { unreadableDetails } from '../../../lib/archive/reader/unreadable.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { isAtOrBefore, walk } from '../../../lib/components/directory/walk.ts';
import { makeEngineArchive } from '../samples/engine-archive.ts';

const [root = '', file = '', segmentBytes = '65536'] = process.argv.slice(2);
const pool = new SegmentPool({ size: 2 });
const made = await makeEngineArchive(
  {
    files: {
      capture: async (how) => {
        const outcome = await captureTree({
          ...how,
          root,
          items: walk(root),
          isAtOrBefore,
          component: 'files',
          pool,
        });
        return { ...outcome, details: unreadableDetails(outcome.unreadable ?? []) };
      },
    },
  },
  Number(segmentBytes),
);
await pool.close();
const sink = made.sinks.files;
writeFileSync(
  file,
  JSON.stringify({
    archive: made.bytes.toString('base64'),
    identity: made.identity,
    skipped: sink?.groups.flatMap(({ skipped }) => skipped),
    members: sink?.members,
    bytes: sink?.bytes.map((bytes) => bytes.toString('base64')),
  }),
);
