/** Restores during which a server is killed. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../../acceptance/api.ts';
import { type KilledInstallation, SOURCES, type Tree, treeOf } from './killed-installation.ts';
import { change, endOf, type Operation, type Prepared, someBackup, through } from './operation.ts';

/**
 * Each path is as before, as in the archive, or not there yet; anything else is a fault, and so is a lost
 * file.
 */
const mixFaults = (now: Tree, before: Tree, archive: Tree): string[] => {
  const faults: string[] = [];
  for (const [path, what] of now) {
    if (path.includes('.holdfast-')) faults.push(`${path} is left`);
    else if (what !== before.get(path) && what !== archive.get(path) && !what.startsWith('directory'))
      faults.push(`${path} is neither as it was nor as in the archive`);
  }
  for (const path of before.keys()) if (!now.has(path)) faults.push(`${path} is lost`);
  return faults;
};

const restorePath = ({ id }: Answer['body']): string => `/v1/restores/${id}`;

/** Restores to targets that may hold files, and restores again after the kill. */
const restoreTo = async (
  here: KilledInstallation,
  id: string,
  request: Record<string, unknown>,
  folderOf: (component: string) => string,
): Promise<Prepared> => {
  const before = Object.fromEntries(SOURCES.map((one) => [one, treeOf(folderOf(one))]));
  const archive = here.contentsOf(id);
  const path = `/v1/backups/${id}/restores`;
  return {
    work: async () => through(here, await here.api.post(path, request), restorePath),
    judge: async (answer) => {
      const { record, ended, faults } = await endOf(here, answer, restorePath);
      for (const one of SOURCES) {
        const now = treeOf(folderOf(one));
        const [was, wanted] = [before[one] ?? new Map(), archive[one] ?? new Map()];
        faults.push(...mixFaults(now, was, wanted).map((fault) => `${one}: ${fault}`));
        const isBack = [...wanted].every(([name, what]) => now.get(name) === what);
        if (record?.componentStatus?.[one] === 'SUCCESS' && !isBack)
          faults.push(`${one} is said to be back, and is not`);
      }
      const again = await here.api.restore(id, request);
      if (again.state !== 'SUCCESS') faults.push(`again, it is ${again.state}: ${again.shortError}`);
      for (const one of SOURCES) {
        const now = treeOf(folderOf(one));
        for (const [name, what] of archive[one] ?? new Map())
          if (now.get(name) !== what) faults.push(`${one}: ${name} is not back after another restore`);
      }
      return { ended, faults };
    },
  };
};

export const restoreElsewhere: Operation = {
  calls: 135,
  prepare: async (here, random) => {
    const { id } = await someBackup(here);
    rmSync(here.path('elsewhere'), { recursive: true, force: true });
    const folderOf = (component: string): string => here.path('elsewhere', component);
    const targets = Object.fromEntries(SOURCES.map((one) => [one, folderOf(one)]));
    // Over an older tree, or to an empty target.
    if (random.chance(2)) {
      await here.api.restore(id, { targets });
      for (let count = 10; count > 0; count -= 1)
        writeFileSync(here.path('elsewhere', 'files', `f${random.below(40)}`), random.content(1_000));
    }
    return restoreTo(here, id, { targets }, folderOf);
  },
};

export const restoreInPlace: Operation = {
  calls: 270,
  prepare: async (here, random) => {
    const { id } = await here.backup();
    change(here, random);
    return restoreTo(here, id, { inPlace: true }, (component) => here.path(component));
  },
};

/** What restores left beside their targets; this must be empty. */
export const leftIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /(^|\/)\.holdfast-/.test(name))
        .map((name) => `${join(folder, name)} is left`)
    : [];
