/** What must hold of every archive, whatever was bent in it. */
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
  /** The target had names that lead out. */
  readonly prepared: boolean;
  /** Asks GNU tar, too. */
  readonly compare: boolean;
}

const known: ReadonlySet<string> = new Set<string>(['ok', ...archiveErrorCodes]);

const codeFaults = (outcomes: Outcomes, prepared: boolean): string[] =>
  Object.entries(outcomes).flatMap(([stage, said]) => {
    // Both ways refuse, for one of several reasons: the order in which threads look is nobody's business.
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

/** What a restore does not read: the head, the log, frames, contents of streams. It may not see what is bent there. */
const isReadByRestore = (bend: string): boolean => bend === 'entry' || bend.startsWith('segment');

const agreement = ({ deep, plan, restore }: Outcomes, { prepared, archive }: JudgedCase): string[] => {
  if (deep === undefined || restore === undefined || prepared) return [];
  // A sound archive may hold what no file system can: names too long, ids beyond 32 bits. The plan refuses those by name.
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

/** All that is wrong; none when nothing is. */
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
