import type { ComponentSummary, Manifest } from '../../archive/format.ts';
import { ownValue } from '../../archive/own-value.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { holdContentToBounds } from '../../archive/reader/unknown-signer.ts';
import { allows, type Home, type Permission } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentRestore, RestoreRecord } from '../../model/records/restore.ts';
import { domainsOfHomes, homesOf } from '../../model/records/scope.ts';
import type { CreateRestoreRequest } from '../../model/requests/restores.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { type PreparedStart, type StartOptions, startOnce } from '../engine/start-once.ts';
import { handOverKey, openArchiveKey } from '../keys/sealed-archive-key.ts';
import { tellTrust } from '../keys/tell-key.ts';
import { assertReady } from '../stored/backup-readiness.ts';
import { assertCompatible, isCompatible } from '../stored/compatibility.ts';
import { isForeign } from '../stored/foreign-archive.ts';
import { openRequestedArchive, trustedSignerOf } from '../stored/open-backup-archive.ts';
import { acceptedOperation } from '../task/operation-record.ts';
import { requireApprovalOfRestore } from './approved-restore.ts';
import { withStatus } from './component/component-record.ts';
import { restoreComponentFor } from './component/restore-component-for.ts';
import { assertApart } from './plan/apart-targets.ts';
import { assertMayBeInPlace } from './plan/in-place.ts';
import { homesOfTargets } from './restore-homes.ts';

/**
 * Begins a restore. Seal, compatibility, key and targets are checked here, before the lock is taken; a passphrase goes
 * no further: the archive key that it opens is kept, wrapped by the key service, until the restore ends.
 *
 * @throws `not_found`, `not_ready`, `archive_signer_unknown`, `archive_mismatch`, `incompatible_version`,
 * `wrong_passphrase`, `wrong_key`, `invalid_request`, `forbidden`, `restore_refused`, `restores_disabled`,
 * `in_place_unconfirmed`, `in_place_disabled`, `approval_required`, `approval_stale`,
 * `operation_running`, `idempotency_conflict`
 */
export const requestRestore = async (
  host: OperatingHost,
  principal: Principal,
  backupId: string,
  request: CreateRestoreRequest,
  { approval = {}, ...options }: StartOptions & { readonly approval?: ApprovalChoice } = {},
): Promise<RestoreRecord> => {
  if (!(host.config.restores || request.dryRun))
    throw new HoldfastError(
      'restores_disabled',
      'restores are switched off in holdfast.config.json ("restores": false); a dry run is still possible',
    );
  return startOnce(host, 'restore', { ...options, principal, request: { backupId, ...request } }, () =>
    prepareRestore(host, principal, backupId, request, approval),
  );
};

const prepareRestore = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: CreateRestoreRequest,
  approval: ApprovalChoice,
): Promise<PreparedStart<'restore'>> => {
  const permission = request.dryRun ? 'restore.plan' : 'restore.run';
  const { record: backup } = await permittedRecord(host, principal, permission, 'backup', backupId);
  assertReady(backup);
  const archive = await openRequestedArchive(host, backup, { trust: request.trust });
  const forced = request.force && !isCompatible(archive.manifest.productVersion);
  if (!forced) assertCompatible(archive.manifest.productVersion);
  const components = plannedComponents(host, archive, request);
  const homes = homesOfTargets(host, components);
  for (const home of homes) requireTarget(principal, permission, home);
  await assertApart(host, components);
  if (!request.dryRun) await assertMayBeInPlace(host, components, request);
  holdContentToBounds(archive, Object.keys(components));
  const trustedSigner = await trustedSignerOf(host, principal, request.trust);
  const choices = {
    backupId,
    existing: request.existing,
    force: forced,
    trusted: trustedSigner !== null,
    trustedSigner,
    setuid: request.setuid ?? !(await isForeign(host, backup, archive)),
    rootAttributes: request.rootAttributes,
    allowDrop: request.allowDrop,
    ...(request.allOrNothing === undefined ? {} : { allOrNothing: request.allOrNothing }),
    ...withStatus(components),
  };
  const allHomes = [...homesOf(backup), ...homes];
  const { approved, changes } = await requireApprovalOfRestore(
    host,
    principal,
    { dryRun: request.dryRun, restore: choices, archive, homes: allHomes },
    approval,
  );
  // The passphrase is used last: it is not kept while others approve, and a wrong one uses no approval up.
  const identity = await openArchiveKey(host, archive, { passphrase: request.passphrase, principal });
  const record: RestoreRecord = {
    ...acceptedOperation(host, principal, 'restore'),
    domains: domainsOfHomes(allHomes),
    dryRun: request.dryRun,
    ...choices,
    ...(approved !== undefined && { approval: approved }),
    plan: null,
    afterwards: [],
  };
  const key = await handOverKey(host, record.id, identity);
  const told = trustedSigner === null ? [] : [tellTrust.ofArchive(host, backupId, trustedSigner)];
  return { record, backupId, beside: [put('sealedKey', key, 'absent'), ...told, ...changes] };
};

/** @throws `forbidden` when the target belongs, or may belong, to others */
const requireTarget = (principal: Principal, permission: Permission, home: Home): void => {
  if (allows(principal.grants, permission, home)) return;
  throw new HoldfastError(
    'forbidden',
    `${principal.name} may restore only to the sources of components of the same domain; somebody with rights in the whole installation may name other targets`,
  );
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

/** Why a backup holds nothing of a component that could not be read. */
const lackOf = ({ entries, outcome, skipped: [first] }: ComponentSummary): string | undefined =>
  entries === 0 && outcome === 'partial' && first?.path === '.'
    ? `this backup has nothing of this component: ${first.reason}`
    : undefined;

/** @throws `not_in_archive` when the backup holds nothing of what the request names */
const refuseNothing = ({ components }: Manifest, chosen: readonly string[]): void => {
  const lacks = chosen.map((id) => {
    const summary = ownValue(components, id);
    return summary === undefined ? undefined : lackOf(summary);
  });
  const [first] = lacks;
  if (first === undefined || lacks.includes(undefined)) return;
  throw new HoldfastError('not_in_archive', `component ${chosen[0]}: ${first}; choose another backup`);
};
