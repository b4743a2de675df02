/** Archives that are valid except for a few random named changes ("bends"). */
import type { Stanza } from '../writer/age.ts';
import {
  type ArchiveBends,
  type ArchivePlan,
  type Component,
  composeArchive,
  contentsOf,
  identityUnder,
  type Keys,
  plainPlan,
  type SealBends,
  streamComponent,
  treeComponent,
} from '../writer/archive.ts';
import { type Tree, treeOf } from '../writer/tree.ts';
import { rawFrame, zstdOf, zstdWithChecksum, zstdWithoutSize } from '../writer/zstd.ts';
import { componentBends, grease, one, planBends, wholeBends } from './archive-bends.ts';
import type { Random } from './random.ts';
import { oddText } from './random-json.ts';
import { bentEntries, randomTree } from './random-tree.ts';

export const PASSPHRASE = 'befit-brakeman-footstep';

export interface RandomArchive {
  readonly bytes: Buffer;
  /** The changes; empty for an archive that must be accepted. */
  readonly bends: readonly string[];
  readonly passphrase: boolean;
  /** The components as they were made, changed or not. */
  readonly components: readonly Component[];
}

const SEGMENTS = [65_536, 65_536, 66_048, 131_072, 1_048_576] as const;

/** Ways to divide bytes into frames that a reader must accept. */
const fairPacks: readonly ((random: Random) => (plain: Buffer) => Buffer)[] = [
  () => zstdOf,
  () => zstdWithChecksum,
  () => zstdWithoutSize,
  () => (plain) => rawFrame(plain),
  (random) => {
    const at = random.pick([1, 512, 5_000]);
    return (plain) => Buffer.concat([zstdOf(plain.subarray(0, at)), zstdOf(plain.subarray(at))]);
  },
];

const fairSeal = (random: Random): SealBends => ({
  ...(random.chance(3) ? { pack: random.pick(fairPacks)(random) } : {}),
  ...(random.chance(10) ? { stanzas: (made: Stanza[]) => random.shuffled([...made, grease(random)]) } : {}),
});

const fairlySealed = (random: Random, component: Component): Component => ({
  ...component,
  segments: component.segments.map((segment) => ({ ...segment, ...fairSeal(random) })),
  contents: component.contents.map((contents) => ({ ...contents, ...fairSeal(random) })),
});

/** Several contents members, each for some of the segments. */
const grouped = (random: Random, { lines, segments }: Tree): Component['contents'] => {
  const contents: Component['contents'][number][] = [];
  for (let first = 1; first <= segments.length; ) {
    const last = Math.min(segments.length, first + random.below(3));
    const own = lines.filter(({ segment }) => segment >= first && segment <= last);
    contents.push(contentsOf(own, contents.length + 1, first, last));
    first = last + 1;
  }
  return contents;
};

const randomComponents = (
  random: Random,
  segmentBytes: number,
  bend: (entries: ReturnType<typeof randomTree>) => ReturnType<typeof randomTree>,
): Component[] => {
  const components: Component[] = [];
  const ids = random.shuffled(['files', 'constructor', '0', 'a-b_c', 'x'.repeat(63)]);
  const kinds = ['directory', 'directory', 'directory', 's3', 'toaster'];
  for (let count = random.pick([0, 1, 1, 1, 2]); count > 0; count -= 1) {
    const tree = treeOf(bend(randomTree(random)), { segmentBytes });
    const made = treeComponent(tree, { id: ids.pop() ?? 'more', kind: random.pick(kinds) });
    components.push(
      fairlySealed(random, random.chance(2) ? { ...made, contents: grouped(random, tree) } : made),
    );
  }
  if (random.chance(3)) {
    const count = random.between(1, 4);
    const pieces = Array.from({ length: count }, () =>
      random.content(random.pick(count === 1 ? [0, 1, 5, 65_000] : [1, 5, 65_000])),
    );
    components.push(
      fairlySealed(
        random,
        streamComponent(pieces, { id: ids.pop() ?? 'database', kind: random.pick(['postgres', 'toaster']) }),
      ),
    );
  }
  return random.shuffled(components);
};

/** Where a change is made: the later in the making, the less of the archive is made to match it. */
const places = ['entries', 'entries', 'entries', 'component', 'component', 'plan', 'whole', 'whole'] as const;

const uuidFrom = (random: Random): string =>
  random
    .bytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');

export const randomArchive = (random: Random, keys: Keys): RandomArchive => {
  const bends: string[] = [];
  const wanted = Array.from({ length: random.pick([0, 1, 1, 1, 1, 2, 2, 3]) }, () => random.pick(places));
  const times = (place: (typeof places)[number]): number => wanted.filter((one) => one === place).length;
  const segmentBytes = random.pick(SEGMENTS);
  let left = times('entries');
  const components = randomComponents(random, segmentBytes, (entries) => {
    let bent = entries;
    for (; left > 0; left -= 1) {
      bends.push('entry');
      bent = bentEntries(random, bent);
    }
    return bent;
  });
  let bentComponents = components;
  for (let count = times('component'); count > 0 && components.length > 0; count -= 1) {
    const [name, bend] = random.pick(componentBends);
    bends.push(name);
    bentComponents = one(random, bentComponents, (component) => bend(random, component));
  }
  const bytesOf = (length: number): Buffer => random.bytes(length);
  const passphrase = random.chance(8);
  const plain = plainPlan(keys, bentComponents, bytesOf);
  let plan: ArchivePlan = {
    ...plain,
    head: {
      ...plain.head,
      backupId: `crafted-${uuidFrom(random)}`,
      segmentBytes,
      description: random.chance(3) ? oddText(random) : '',
    },
    log: random.chance(4) ? 'a line of the log\n' : undefined,
    ...(passphrase
      ? {
          encryption: { mode: 'passphrase' },
          key: {
            name: 'key.age',
            bytes: identityUnder(keys.archive.identity, PASSPHRASE, { logN: random.between(1, 10) }),
          },
        }
      : {}),
  };
  for (let count = times('plan'); count > 0; count -= 1) {
    const [name, bend] = random.pick(planBends);
    bends.push(name);
    plan = bend(random, plan, keys);
  }
  let whole: ArchiveBends = { random: bytesOf };
  for (let count = times('whole'); count > 0; count -= 1) {
    const [name, bend] = random.pick(wholeBends);
    bends.push(name);
    whole = { ...whole, ...bend(random) };
  }
  return { bytes: composeArchive(keys, plan, whole), bends, passphrase, components: plan.components };
};
