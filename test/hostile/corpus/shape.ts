/** A crafted archive with what must come of it. */
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
  /** Refusals by stage; a stage that is not named passes. Empty: accepted, and harmless. */
  readonly refused: Outcomes;
  /** Opens with this passphrase in place of the backup key. */
  readonly passphrase?: string;
  /** Its signer's verify key was imported. @default it is a stranger's */
  readonly known?: boolean;
  /** Every signer is trusted. @default only the one of the keys */
  readonly trustAll?: boolean;
  /** The target has names in it that lead out. */
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

/** What each stage that is come to must say. */
export const expectedOf = ({ refused }: Shape): Outcomes => {
  const reached =
    refused.open !== undefined ? all.slice(0, 2) : refused.key !== undefined ? all.slice(0, 4) : all;
  return Object.fromEntries(reached.map((stage) => [stage, refused[stage] ?? 'ok']));
};

/** Accepted by all stages. */
export const harmless: Outcomes = {};
/** Not even inspected. */
export const unread = (code: string): Outcomes => ({ inspect: code, open: code });
/** Refused by who reads all members. */
export const unverified = (code: string): Outcomes => ({ verify: code, deep: code });
/** What contents say lies where cannot be: who plans a restore finds out, too. */
export const badPlaces = (code: string): Outcomes => ({
  deep: code,
  entries: code,
  plan: code,
  restore: code,
});
/** Refused by all that reads segments of a tree. */
export const badSegments = (code: string): Outcomes => ({ deep: code, entries: code, restore: code });
/** Refused by all that reads contents. */
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

/** A small archive, bent. */
export const archive =
  (bends: ArchiveBends = {}): Shape['make'] =>
  (keys) =>
    composeArchive(keys, plainPlan(keys, smallComponents()), bends);

/** An archive of one tree; of the tree's component, one part may be bent. */
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
