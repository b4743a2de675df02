import type { OpenedArchive } from '../../archive/container/open.ts';
import { holdContentToBounds } from '../../archive/container/unknown-signer.ts';
import type { ComponentSummary, Manifest } from '../../archive/format.ts';
import { ownValue } from '../../archive/own-value.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { ComponentRestore, RestoreRecord } from '../../model/records/restore.ts';
import type { CreateRestoreRequest } from '../../model/requests.ts';
import { put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { assertCompatible, isCompatible } from '../archives/compatibility.ts';
import { isForeign } from '../archives/foreign-archive.ts';
import { openRequestedArchive, trustedSignerOf } from '../archives/open-backup-archive.ts';
import { assertReady } from '../archives/ready-backup.ts';
import { handOverKey, openArchiveKey } from '../keys/archive-key.ts';
import { acceptedOperation, getRecord } from '../workflow/operation-record.ts';
import { earlierStart, type Idempotency, startOperation } from '../workflow/start-operation.ts';
import { assertApart } from './apart-targets.ts';
import { withStatus } from './component-record.ts';
import { assertMayBeInPlace } from './in-place.ts';
import { restoreComponentFor } from './restore-component-for.ts';

/**
 * Begins a restore. Seal, compatibility, key and targets are checked here, before the lock is taken; a
 * passphrase ends here: the archive key it opens goes on, wrapped by the key service, until the restore ends.
 *
 * @throws `not_found`, `not_ready`, `archive_signer_unknown`, `archive_mismatch`, `incompatible_version`,
 * `wrong_passphrase`, `wrong_key`, `invalid_request`, `restore_refused`, `in_place_unconfirmed`, `in_place_disabled`,
 * `operation_running`
 */
export const requestRestore = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: CreateRestoreRequest,
  { idempotencyKey }: { idempotencyKey?: string | undefined } = {},
): Promise<RestoreRecord> => {
  const idempotency: Idempotency | undefined =
    idempotencyKey === undefined
      ? undefined
      : { key: idempotencyKey, principal: principal.name, request: { backupId, ...request } };
  const earlier = await earlierStart(host, idempotency);
  if (earlier !== undefined) return getRecord(host, 'restore', earlier);

  const backup = await getRecord(host, 'backup', backupId);
  assertReady(backup);
  const archive = await openRequestedArchive(host, backup, { trust: request.trust });
  const forced = request.force && !isCompatible(archive.manifest.productVersion);
  if (!forced) assertCompatible(archive.manifest.productVersion);
  const components = plannedComponents(host, archive, request);
  await assertApart(host, components);
  if (!request.dryRun) await assertMayBeInPlace(host, components, request);
  holdContentToBounds(archive, Object.keys(components));
  const identity = await openArchiveKey(host, archive, { passphrase: request.passphrase, principal });

  const trustedSigner = await trustedSignerOf(host, principal, request.trust);
  const accepted = acceptedOperation(host, principal, 'restore');
  const { id, createdAt } = accepted;
  const record: RestoreRecord = {
    ...accepted,
    backupId,
    dryRun: request.dryRun,
    existing: request.existing,
    force: forced,
    trusted: trustedSigner !== null,
    trustedSigner,
    setuid: request.setuid ?? !(await isForeign(host, backup, archive)),
    rootAttributes: request.rootAttributes,
    allowDrop: request.allowDrop,
    ...(request.allOrNothing === undefined ? {} : { allOrNothing: request.allOrNothing }),
    ...withStatus(components),
    plan: null,
    afterwards: [],
  };
  const started = await startOperation(host, {
    operation: { id, kind: 'restore', backupId, startedAt: createdAt },
    changes: [
      put('restore', record, 'absent'),
      put('sealedKey', await handOverKey(host, id, identity), 'absent'),
    ],
    idempotency,
  });
  return started === id ? record : getRecord(host, 'restore', started);
};

const plannedComponents = (
  host: Host,
  { manifest }: OpenedArchive,
  { components, targets }: CreateRestoreRequest,
): Record<string, ComponentRestore> => {
  const there = Object.keys(manifest.components);
  const known = (id: string): string => {
    if (!there.includes(id))
      throw new HoldfastError(
        'invalid_request',
        `this archive has no component "${id}"; it has: ${there.join(', ')}`,
      );
    return id;
  };
  const named = Object.keys(targets);
  const chosen = [...new Set((components ?? (named.length > 0 ? named : there)).map(known))];
  for (const id of named)
    if (!chosen.includes(known(id)))
      throw new HoldfastError(
        'invalid_request',
        `targets names "${id}", which is not among the components to restore`,
      );
  refuseNothing(manifest, chosen);
  return Object.fromEntries(
    chosen.map((id) => {
      const summary = ownValue(manifest.components, id);
      const kind = summary?.kind ?? '';
      const lack = summary === undefined ? undefined : lackOf(summary);
      const other = ownValue(targets, id);
      const { component, target } = restoreComponentFor(host, { id, kind, target: other });
      if (other !== undefined) component.checkTarget(other);
      const restore: ComponentRestore = {
        kind,
        state: lack === undefined ? 'PENDING' : 'FAILED',
        target,
        bytes: 0,
        entries: 0,
        skippedCount: 0,
        skipped: [],
        shortError: lack ?? '',
        errorCode: lack === undefined ? null : 'not_in_archive',
      };
      return [id, restore];
    }),
  );
};

/** Why a backup holds nothing of a component: it could not be read. */
const lackOf = ({ entries, outcome, skipped: [first] }: ComponentSummary): string | undefined =>
  entries === 0 && outcome === 'partial' && first?.path === '.'
    ? `this backup holds nothing of it: ${first.reason}`
    : undefined;

/** @throws HoldfastError `not_in_archive` when the backup holds nothing of all that is asked for */
const refuseNothing = ({ components }: Manifest, chosen: readonly string[]): void => {
  const lacks = chosen.map((id) => {
    const summary = ownValue(components, id);
    return summary === undefined ? undefined : lackOf(summary);
  });
  const [first] = lacks;
  if (first === undefined || lacks.includes(undefined)) return;
  throw new HoldfastError('not_in_archive', `component ${chosen[0]}: ${first}; choose another backup`);
};
