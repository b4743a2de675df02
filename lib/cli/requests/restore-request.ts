/** The options of `backup restore` as the request they stand for. */
import { isAbsolute, resolve } from 'node:path';
import type { BackupView } from '../../model/records.ts';
import type { CreateRestoreRequest } from '../../model/requests.ts';
import type { Answer } from './answer.ts';
import { usageFailure } from './failure.ts';

export interface RestoreOptions {
  readonly component?: readonly string[];
  readonly to?: readonly string[];
  readonly dryRun?: true;
  readonly existing?: 'overwrite' | 'skip' | 'refuse';
  readonly force?: true;
  readonly trust?: true;
}

type Request = Partial<CreateRestoreRequest>;

/**
 * A folder is meant from this shell's folder, not from the server's: so it is sent whole, and refused when the server
 * is on another machine. Throws a usage Failure.
 */
export const restoreRequest = (
  { component, to, dryRun, existing, force, trust }: RestoreOptions,
  backup: Answer<BackupView>,
  serverIsHere: boolean,
): Request => {
  const request: Request = {};
  if (component !== undefined) request.components = [...component];
  if (to !== undefined) request.targets = targetsOf(to, folderComponents(backup), serverIsHere);
  if (dryRun !== undefined) request.dryRun = dryRun;
  if (existing !== undefined) request.existing = existing;
  if (force !== undefined) request.force = force;
  if (trust !== undefined) request.trust = trust;
  return request;
};

const folderComponents = (backup: Answer<BackupView>): ReadonlySet<string> =>
  new Set(
    backup
      .byName('components')
      .filter(([, part]) => part.text('kind') === 'directory')
      .map(([name]) => name),
  );

const targetsOf = (
  pairs: readonly string[],
  folders: ReadonlySet<string>,
  serverIsHere: boolean,
): Record<string, string> => {
  const targets = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const [component, target] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
    if (component === '' || target === '')
      throw usageFailure(`--to ${pair}: not COMPONENT=TARGET`, 'For example: --to attachments=/srv/restored');
    if (targets.has(component)) throw usageFailure(`--to names the component ${component} twice`);
    if (folders.has(component) && !isAbsolute(target) && !serverIsHere)
      throw usageFailure(
        `--to ${pair}: the server is on another machine, so its folder is to be named from /`,
      );
    targets.set(component, folders.has(component) ? resolve(target) : target);
  }
  return Object.fromEntries(targets);
};
