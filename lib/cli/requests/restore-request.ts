/** Makes the request from the options of `backup restore`. */

import { isAbsolute, resolve } from 'node:path';
import { factsOfKind } from '../../model/components/component-table.ts';
import type { BackupView } from '../../model/records/backup.ts';
import type { CreateRestoreRequest } from '../../model/requests/restores.ts';
import { usageFailure } from '../failure.ts';
import type { Answer } from './answer.ts';

export interface RestoreOptions {
  readonly component?: readonly string[];
  readonly to?: readonly string[];
  readonly dryRun?: true;
  readonly inPlace?: true;
  readonly existing?: 'overwrite' | 'skip' | 'refuse';
  readonly force?: true;
  readonly setuid?: boolean;
  readonly rootAttributes?: true;
  readonly allowDrop?: true;
  readonly allOrNothing?: boolean;
}

type Request = Partial<CreateRestoreRequest>;

/**
 * A path is relative to this shell's folder, not to the server's: so it is sent as an absolute path, and refused when
 * the server is on another machine.
 *
 * @throws a usage Failure.
 */
export const restoreRequest = (
  {
    component,
    to,
    dryRun,
    inPlace,
    existing,
    force,
    setuid,
    rootAttributes,
    allowDrop,
    allOrNothing,
  }: RestoreOptions,
  backup: Answer<BackupView>,
  serverIsHere: boolean,
): Request => {
  const request: Request = {};
  if (component !== undefined) request.components = [...component];
  if (to !== undefined) request.targets = targetsOf(to, kindsOf(backup), serverIsHere);
  if (dryRun !== undefined) request.dryRun = dryRun;
  if (inPlace !== undefined) request.inPlace = inPlace;
  if (existing !== undefined) request.existing = existing;
  if (force !== undefined) request.force = force;
  if (setuid !== undefined) request.setuid = setuid;
  if (rootAttributes !== undefined) request.rootAttributes = rootAttributes;
  if (allowDrop !== undefined) request.allowDrop = allowDrop;
  if (allOrNothing !== undefined) request.allOrNothing = allOrNothing;
  return request;
};

const kindsOf = (backup: Answer<BackupView>): ReadonlyMap<string, string> =>
  new Map(backup.byName('components').map(([name, part]) => [name, part.text('kind')]));

const targetsOf = (
  pairs: readonly string[],
  kinds: ReadonlyMap<string, string>,
  serverIsHere: boolean,
): Record<string, string> => {
  const targets = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const [component, target] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
    if (component === '' || target === '')
      throw usageFailure(`--to ${pair}: not COMPONENT=TARGET`, 'For example: --to attachments=/srv/restored');
    if (targets.has(component)) throw usageFailure(`--to names the component ${component} twice`);
    const place = factsOfKind(kinds.get(component) ?? '')?.pathInTarget?.(target);
    if (place !== undefined && !isAbsolute(place.path) && !serverIsHere)
      throw usageFailure(`--to ${pair}: the server is on another machine, so give an absolute path`);
    targets.set(component, place === undefined ? target : place.before + resolve(place.path));
  }
  return Object.fromEntries(targets);
};
