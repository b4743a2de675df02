/** Which kinds of component a host can work on. */

import { factsOfKind } from '../model/components/component-table.ts';
import { HoldfastError } from '../model/errors.ts';
import type { Host } from '../ports/host.ts';

/**
 * Refuses restores into a function's own disk, which would succeed but be lost.
 *
 * @throws `invalid_request` for a kind that this host cannot reach
 */
export const assertInReach = (
  { name }: Pick<Host, 'name'>,
  {
    id,
    kind,
    target = '',
  }: { readonly id: string; readonly kind: string; readonly target?: string | undefined },
): void => {
  // A tree's files may become objects of a bucket.
  const intoBucket = kind === 'directory' && target.startsWith('s3://');
  // A function's own disk is empty and soon gone, and it has no client tools.
  if (name !== 'aws' || factsOfKind(kind)?.host !== 'embedded' || intoBucket) return;
  throw new HoldfastError(
    'invalid_request',
    `component "${id}" is of kind ${kind}, which Lambda functions cannot reach, neither to back it up nor to restore it: use an embedded installation on the machine itself (holdfast backup download here, backup upload there), or name only other components; files can be restored into a bucket: --to ${id}=s3://BUCKET/PREFIX`,
    { details: { component: id, kind } },
  );
};
