/** How a restore's work is given to tasks: each restores some consecutive contents members of one component. */

import { placeOf } from '../../../archive/member-names.ts';
import type { ContentsPart } from '../../../archive/reader/contents-pages.ts';
import type { OpenedArchive } from '../../../archive/reader/open.ts';
import type { RestoreEffort } from '../../../components/component-kind.ts';

/** One element of the list that the restore's Map walks; the catalog says what part of the component it restores. */
export interface RestoreWork {
  component: string;
  shard: number;
}

/** As many tasks as a component is captured with. */
export const MAX_PARTS = 48;
/** Of all components: their names fit into the state of a workflow, however long they are. */
export const MAX_RESTORE_TASKS = 2_000;

interface Cut {
  readonly effort: RestoreEffort;
  /** How much one task restores. */
  readonly bytesPerTask: number;
  /** Components that share the most tasks. */
  readonly components: number;
}

/** Cuts a component into parts that take about as long as each other; its last part ends with its last member. */
export const cutParts = (
  archive: OpenedArchive,
  component: string,
  { effort, bytesPerTask, components }: Cut,
): ContentsPart[] => {
  const efforts = effortsOf(archive, component, effort);
  const total = efforts.reduce((sum, one) => sum + one, 0);
  const most = Math.min(MAX_PARTS, Math.max(1, Math.floor(MAX_RESTORE_TASKS / components)));
  const count = Math.min(most, efforts.length, Math.max(1, Math.ceil(total / bytesPerTask)));
  const parts: ContentsPart[] = [];
  let from = 0;
  let done = 0;
  for (const [index, one] of efforts.entries()) {
    done += one;
    const left = efforts.length - index - 1;
    const isFull = done >= (total / count) * (parts.length + 1);
    // Those behind this one need a member each.
    if (parts.length < count - 1 && (isFull || left === count - parts.length - 1)) {
      parts.push({ from, to: index + 1 });
      from = index + 1;
    }
  }
  return [...parts, { from, to: efforts.length }];
};

/** What each contents member's entries take to restore. */
const effortsOf = (
  archive: OpenedArchive,
  component: string,
  { bytesPerEntry, bytesPerByte }: RestoreEffort,
): number[] => {
  const segments = archive.segments(component).map(({ name, plainBytes = 0 }) => {
    const place = placeOf(name);
    return { number: place?.kind === 'segment' ? place.number : 0, plainBytes };
  });
  let at = 0;
  return archive.contents(component).map(({ entries = 0, lastSegment = 0 }) => {
    let effort = entries * bytesPerEntry;
    for (let next = segments[at]; next !== undefined && next.number <= lastSegment; next = segments[at]) {
      effort += next.plainBytes * bytesPerByte;
      at += 1;
    }
    return effort;
  });
};
