/** What must be true for every archive, whatever was changed in it. */
import { join } from 'node:path';
import { archiveErrorCodes } from '../../../lib/archive/errors.ts';
import { isErrorCode } from '../../../lib/model/errors.ts';
import type { Jail } from '../jail.ts';
import type { Outcomes, Passed } from '../stages.ts';
import type { Component } from '../writer/archive.ts';
import { sha256 } from '../writer/tree.ts';
import type { RandomArchive } from './random-archive.ts';
import { differsFromGnuTar, linesOf, pathsIn, untruths } from './restored-tree.ts';

export interface JudgedCase {
  readonly archive: RandomArchive;
  readonly passed: Passed;
  readonly jail: Jail;
  /** True when the target contained links that lead out of it. */
  readonly prepared: boolean;
  /** True to compare with GNU tar as well. */
  readonly compare: boolean;
}

const known: ReadonlySet<string> = new Set<string>(['ok', ...archiveErrorCodes]);

const codeFaults = (outcomes: Outcomes, prepared: boolean): string[] =>
  Object.entries(outcomes).flatMap(([stage, said]) => {
    // Both ways refuse, but for different reasons: the order in which threads find faults does not matter.
    const ways = said.startsWith('differs: ') ? said.slice('differs: '.length).split(' / ') : [said];
    const isKnown = ways.every(
      (code) =>
        known.has(code) ||
        isErrorCode(code) ||
        ((prepared || stage === 'plan' || stage === 'restore') && code === 'target_conflict'),
    );
    if (!isKnown) return [`${stage} ends in ${said}`];
    return ways.includes('ok') && new Set(ways).size > 1 ? [`${stage}: two ways, two answers: ${said}`] : [];
  });

const isOk = (said: string | undefined): boolean => said === 'ok';

/**
 * A restore does not read the head, the log, frames and contents of streams, so it may not detect changes
 * there.
 */
const isReadByRestore = (bend: string): boolean => bend === 'entry' || bend.startsWith('segment');

const agreement = ({ deep, plan, restore }: Outcomes, { prepared, archive }: JudgedCase): string[] => {
  if (deep === undefined || restore === undefined || prepared) return [];
  // A valid archive may contain what no file system can hold: names that are too long, ids above 32 bits. The
  // plan refuses these by name.
  if (isOk(deep) && plan === 'target_conflict' && restore === 'target_conflict') return [];
  if (isOk(deep) && !isOk(restore)) return [`verified, and then not restored: ${restore}`];
  if (!isOk(deep) && isOk(restore) && archive.bends.every(isReadByRestore))
    return [`restored, though not verified: ${deep}`];
  return isOk(restore) && !isOk(plan) ? [`restored, though not planned: ${plan}`] : [];
};

const isTree = ({ stream }: Component): boolean => stream === undefined;

const truths = ({ archive, passed, jail, compare, prepared }: JudgedCase): string[] => {
  if (!isOk(passed.outcomes.restore)) return [];
  return archive.components.flatMap((component) => {
    const target = passed.restored[component.id];
    if (!isTree(component)) {
      const whole = sha256(Buffer.concat(component.segments.map(({ plain }) => plain)));
      const said = passed.streams[component.id];
      return said === undefined || said === whole ? [] : [`the stream ${component.id} came back otherwise`];
    }
    if (target === undefined || prepared || process.geteuid?.() !== 0) return [];
    const found = untruths(target, component);
    if (!compare) return found;
    const tar = Buffer.concat(component.segments.map(({ plain }) => plain));
    const folder = join(jail.targets, `${component.id}.gnu-tar`);
    const other = differsFromGnuTar(target, folder, tar, pathsIn(linesOf(component.contents)));
    return other === '' ? found : [...found, `another tree than GNU tar's: ${other}`];
  });
};

/** Everything that is wrong; empty when nothing is. */
export const faultsOf = (judged: JudgedCase): string[] => {
  const { archive, passed, jail, prepared } = judged;
  const { outcomes, left } = passed;
  const refused = Object.entries(outcomes).filter(([, said]) => said !== 'ok');
  const outside = jail.changes();
  return [
    ...codeFaults(outcomes, prepared),
    ...agreement(outcomes, judged),
    ...(archive.bends.length === 0 && !prepared && refused.length > 0
      ? [`a sound archive was refused: ${refused.map(([stage, said]) => `${stage} ${said}`).join(', ')}`]
      : []),
    ...(outside === '' ? [] : [`changed outside of the target: ${outside}`]),
    ...left.map((path) => `left behind: ${path}`),
    ...truths(judged),
  ];
};
