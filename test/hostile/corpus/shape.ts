/** A crafted archive, and the result that each stage must give. */
import type { Existing } from '../../../lib/archive/destination/existing.ts';
import type { Outcomes, Stage } from '../stages.ts';
import {
  type ArchiveBends,
  type Component,
  composeArchive,
  type Keys,
  plainPlan,
  streamComponent,
  treeComponent,
} from '../writer/archive.ts';
import { type TreeEntry, type TreeOptions, treeOf } from '../writer/tree.ts';

export interface Shape {
  readonly name: string;
  readonly make: (keys: Keys) => Buffer | Promise<Buffer>;
  /** The refusals by stage; stages without one pass. Empty when the archive is accepted and harmless. */
  readonly refused: Outcomes;
  /** The passphrase that opens the archive instead of the backup key. */
  readonly passphrase?: string;
  /** True when the signer's verify key was imported. @default false */
  readonly known?: boolean;
  /** True to trust every signer. @default trusts only the signer of the keys */
  readonly trustAll?: boolean;
  /** True when the target contains links that lead out of it. */
  readonly prepared?: boolean;
  readonly existing?: Existing;
}

const all: readonly Stage[] = [
  'inspect',
  'open',
  'key',
  'verify',
  'deep',
  'contents',
  'entries',
  'plan',
  'restore',
];

/** The expected result of each stage that is reached. */
export const expectedOf = ({ refused }: Shape): Outcomes => {
  const reached =
    refused.open !== undefined ? all.slice(0, 2) : refused.key !== undefined ? all.slice(0, 4) : all;
  return Object.fromEntries(reached.map((stage) => [stage, refused[stage] ?? 'ok']));
};

/** All stages accept it. */
export const harmless: Outcomes = {};
/** Even an inspection refuses it. */
export const unread = (code: string): Outcomes => ({ inspect: code, open: code });
/** Stages that read all members refuse it. */
export const unverified = (code: string): Outcomes => ({ verify: code, deep: code });
/** For entries at impossible places: planning a restore detects them too. */
export const badPlaces = (code: string): Outcomes => ({
  deep: code,
  entries: code,
  plan: code,
  restore: code,
});
/** Stages that read the segments of a tree refuse it. */
export const badSegments = (code: string): Outcomes => ({ deep: code, entries: code, restore: code });
/** Stages that read contents refuse it. */
export const badContents = (code: string): Outcomes => ({
  deep: code,
  contents: code,
  entries: code,
  plan: code,
  restore: code,
});

export const smallTree: readonly TreeEntry[] = [
  { path: '.', flag: '5', mode: 0o755 },
  { path: 'a', content: 'hello' },
  { path: 'folder', flag: '5', mode: 0o755 },
  { path: 'folder/below', content: 'x'.repeat(600), nanoseconds: 123_456_789 },
];

export const smallComponents = (): Component[] => [
  treeComponent(treeOf(smallTree)),
  streamComponent([Buffer.from('first half, '), Buffer.from('second half')]),
];

/** A small archive with changes. */
export const archive =
  (bends: ArchiveBends = {}): Shape['make'] =>
  (keys) =>
    composeArchive(keys, plainPlan(keys, smallComponents()), bends);

/** An archive of one tree, with changes to a part of the tree's component. */
export const archiveOfTree =
  (
    entries: readonly TreeEntry[],
    bend: (component: Component) => Component = (component) => component,
    options: TreeOptions = {},
    bends: ArchiveBends = {},
  ): Shape['make'] =>
  (keys) => {
    const plan = plainPlan(keys, [bend(treeComponent(treeOf(entries, options)))]);
    const head = { ...plan.head, segmentBytes: options.segmentBytes ?? 65_536 };
    return composeArchive(keys, { ...plan, head }, bends);
  };

export const replaceOnce = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`nothing to bend: ${from}`);
  return text.replace(from, () => to);
};
