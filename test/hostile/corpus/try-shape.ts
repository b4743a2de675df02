/** Takes a shape of the corpus through all stages, and compares the results with the expected ones. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSegmentOn } from '../../../lib/archive/extract/extract-stream.ts';
import { openFileSource } from '../../../lib/archive/reader/byte-source.ts';
import { iterateContents } from '../../../lib/archive/reader/contents-pages.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import type { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { differsFromGnuTar, pathsIn } from '../fuzz/restored-tree.ts';
import { Jail } from '../jail.ts';
import { type Outcomes, type Passed, runStages } from '../stages.ts';
import type { Keys } from '../writer/archive.ts';
import { expectedOf, type Shape } from './shape.ts';

const maker = fileURLToPath(new URL('./make-shape.ts', import.meta.url));
const MAX_BYTES = 256 * 1024 * 1024;

/** Makes the archive in a separate process. */
export const madeApart = ({ name }: Shape, { seeds }: Keys): Buffer => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [maker, name], {
    input: JSON.stringify(seeds),
    maxBuffer: MAX_BYTES,
  });
  if (status !== 0) throw new Error(`${name} was not made: ${stderr}`);
  return stdout;
};

export interface Tools {
  readonly keys: Keys;
  readonly pool: SegmentPool;
}

/** Compares all trees with GNU tar's result. Needs root, because only root can restore owners. */
const otherTree = async ({ restored }: Passed, jail: Jail, { keys, pool }: Tools): Promise<string> => {
  if (process.geteuid?.() !== 0) return '';
  await using source = await openFileSource(jail.archive);
  const archive = await openArchive(source, { trust: () => true, threads: pool });
  const identity = keys.archive.identity;
  const differences: string[] = [];
  for (const [id, target] of Object.entries(restored)) {
    const plains: Buffer[] = [];
    for (const member of archive.segments(id))
      plains.push(await openSegmentOn(pool, archive, member, identity));
    const lines: string[] = [];
    for await (const entry of iterateContents(archive, identity, id)) lines.push(JSON.stringify(entry));
    const folder = join(jail.targets, `${id}.gnu-tar`);
    differences.push(differsFromGnuTar(target, folder, Buffer.concat(plains), pathsIn(lines)));
  }
  return differences.filter((text) => text !== '').join('; ');
};

export interface TriedShape {
  readonly outcomes: Outcomes;
  readonly faults: readonly string[];
}

const otherOutcomes = (shape: Shape, outcomes: Outcomes): string[] => {
  const expected = expectedOf(shape);
  const stages = new Set([...Object.keys(expected), ...Object.keys(outcomes)]);
  const said = new Map(Object.entries(outcomes));
  const due = new Map(Object.entries(expected));
  return [...stages]
    .filter((stage) => said.get(stage) !== due.get(stage))
    .map((stage) => `${stage}: ${said.get(stage)}, and ${due.get(stage)} is due`);
};

export const tryShape = async (shape: Shape, bytes: Buffer, tools: Tools): Promise<TriedShape> => {
  const { keys, pool } = tools;
  const { passphrase, trustAll = false, known = false, prepared = false, existing = 'overwrite' } = shape;
  using jail = new Jail();
  const passed = await runStages({
    bytes,
    open: passphrase === undefined ? { identities: [keys.backup.identity] } : { passphrase },
    trust: (verifyKey) => trustAll || verifyKey === keys.signer.verifyKey,
    ...{ known, jail, pool, prepared, existing },
  });
  const { outcomes, left } = passed;
  const outside = jail.changes();
  const isWhole = outcomes.restore === 'ok' && !prepared;
  const other = isWhole ? await otherTree(passed, jail, tools) : '';
  return {
    outcomes,
    faults: [
      ...otherOutcomes(shape, outcomes),
      ...(outside === '' ? [] : [`changed outside of the target: ${outside}`]),
      ...left.map((path) => `left behind: ${path}`),
      ...(other === '' ? [] : [`another tree than GNU tar's: ${other}`]),
    ],
  };
};
