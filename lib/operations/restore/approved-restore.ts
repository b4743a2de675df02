/**
 * Restores that other people have to approve: what exactly they approve, and whether that is still so when the restore
 * begins.
 */
import { createHash } from 'node:crypto';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import type { Home } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { RestoreFacts } from '../../model/records/approval.ts';
import type { ComponentPlan, RestoreRecord, TargetState } from '../../model/records/restore.ts';
import type { Host } from '../../ports/host.ts';
import type { ApprovalChoice, Passed } from '../approval/proposed.ts';
import { isApprovalWanted, requireApproval } from '../approval/require-approval.ts';

/** How long a dry run counts as the state of the targets. */
const FRESH_MILLISECONDS = 3600_000;
/** Restores of one backup that are searched at most, the newest first. */
const LOOKED_AT = 100;

/** The fields in which two restores must agree to do the same. */
type Choices = Pick<
  RestoreRecord,
  | 'backupId'
  | 'existing'
  | 'force'
  | 'setuid'
  | 'rootAttributes'
  | 'allowDrop'
  | 'allOrNothing'
  | 'trustedSigner'
  | 'components'
>;

type Facts = Omit<RestoreFacts, 'targetState'>;

const factsOf = (restore: Choices, manifestSha256: string): Facts => ({
  action: 'restore',
  backupId: restore.backupId,
  manifestSha256,
  components: Object.fromEntries(
    Object.entries(restore.components).map(([id, { kind, target }]) => [id, { kind, target }]),
  ),
  existing: restore.existing,
  force: restore.force,
  setuid: restore.setuid ?? true,
  rootAttributes: restore.rootAttributes ?? false,
  allowDrop: restore.allowDrop ?? false,
  allOrNothing: restore.allOrNothing ?? null,
  trustedSigner: restore.trustedSigner?.verifyKey ?? null,
});

/** A digest of a component's whole plan: each listed entry, in this order. */
export const stateOfTarget = ({ listed: _, state: __, ...plan }: ComponentPlan): TargetState => ({
  counts: plan.counts,
  sha256: createHash('sha256')
    .update(
      JSON.stringify([plan.target, plan.counts, plan.entries, plan.inPlace ?? null, plan.rights ?? null]),
    )
    .digest('hex'),
});

/** What a restore was approved with. Its record keeps this, so that the planning step can check it once more. */
export type RestoreApproval = NonNullable<RestoreRecord['approval']>;

/**
 * Lets a restore pass that needs no approval, or has one. The state of its targets is that of the newest dry run of the
 * same restore.
 *
 * @throws as `requireApproval`; `approval_required` without a stored request when no dry run told the state of the
 * targets
 */
export const requireApprovalOfRestore = async (
  host: Host,
  principal: Principal,
  {
    dryRun: isDryRun,
    restore,
    archive,
    homes,
  }: {
    readonly dryRun: boolean;
    readonly restore: Choices;
    readonly archive: OpenedArchive;
    readonly homes: readonly Home[];
  },
  choice: ApprovalChoice,
): Promise<Passed & { readonly approved?: RestoreApproval }> => {
  if (isDryRun || !isApprovalWanted(host, 'restore')) return { changes: [] };
  const { manifestSha256 } = archive.signature;
  const facts = factsOf(restore, manifestSha256);
  const dryRun = await newestDryRun(host, facts);
  const targetState = dryRun?.states ?? (await approvedState(host, choice));
  if (targetState === undefined) throw noDryRun(restore.backupId);
  const passed = await requireApproval(
    host,
    principal,
    {
      facts: { ...facts, targetState },
      subject: `backups/${restore.backupId}`,
      homes,
      dryRunId: dryRun?.id,
    },
    choice,
  );
  if (passed.approval === undefined) return passed;
  const { id, digest, breakGlass } = passed.approval;
  return {
    ...passed,
    approved: { id, digest, manifestSha256, ...(breakGlass === null ? { targetState } : { breakGlass }) },
  };
};

/** The dry run may be hours old when others have approved it, so the planning step checks once more. */
const approvedState = async (
  host: Host,
  { approvalId, breakGlass }: ApprovalChoice,
): Promise<Record<string, TargetState> | undefined> => {
  if (breakGlass !== undefined) return {};
  const facts =
    approvalId === undefined
      ? undefined
      : (await host.catalog.get('approval', approvalId))?.record.plan.facts;
  return facts?.action === 'restore' ? facts.targetState : undefined;
};

const noDryRun = (backupId: string): HoldfastError =>
  new HoldfastError(
    'approval_required',
    `other people have to approve this restore, and they approve the plan of a dry run: first send the same request with "dryRun": true (holdfast backup restore ${backupId} --dry-run), then this one again within an hour of its end`,
    { details: { approval: null } },
  );

/** The newest dry run of the same restore that tells the state of every target, and refuses nothing. */
const newestDryRun = async (
  host: Host,
  facts: Facts,
): Promise<{ id: string; states: Record<string, TargetState> } | undefined> => {
  const wanted = JSON.stringify(comparable(facts));
  const since = host.clock.now().getTime() - FRESH_MILLISECONDS;
  const { records } = await host.catalog.list('restore', {
    group: facts.backupId,
    descending: true,
    limit: LOOKED_AT,
  });
  for (const record of records) {
    if (!record.dryRun || record.state !== 'SUCCESS' || record.plan === null) continue;
    if (Date.parse(record.completedAt ?? '') < since) continue;
    if (JSON.stringify(comparable(factsOf(record, facts.manifestSha256))) !== wanted) continue;
    const states = statesIn(record.plan);
    if (states !== undefined) return { id: record.id, states };
  }
  return undefined;
};

/** Sorted by name, since another request may name the components in another order. */
const comparable = ({ components, ...facts }: Facts) => [
  facts,
  Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)),
];

const statesIn = (plan: Readonly<Record<string, ComponentPlan>>): Record<string, TargetState> | undefined => {
  const states: Record<string, TargetState> = {};
  for (const [id, { state, counts }] of Object.entries(plan)) {
    if (state === undefined || counts.refuse > 0) return undefined;
    states[id] = { counts, sha256: state };
  }
  return states;
};

/**
 * Checks, before anything is written, that the targets are as they were approved.
 *
 * @throws `approval_stale`, which names the first component whose target changed, and what is different
 */
export const refuseOtherTargets = (
  { approval }: Pick<RestoreRecord, 'approval'>,
  plan: Readonly<Record<string, ComponentPlan>>,
): void => {
  if (approval?.targetState === undefined) return;
  for (const [id, component] of Object.entries(plan)) {
    const approved = approval.targetState[id];
    if (approved?.sha256 === component.state) continue;
    throw new HoldfastError(
      'approval_stale',
      `the target of component ${id} (${component.target}) has changed since the restore was approved: the approved plan had ${inWords(approved?.counts)}, and it is now ${inWords(component.counts)}; nothing was touched; make a dry run, and ask for a new approval`,
      { details: { fields: [`targetState.${id}`] } },
    );
  }
};

const inWords = (counts: TargetState['counts'] | undefined): string =>
  counts === undefined
    ? 'nothing of it'
    : Object.entries(counts)
        .map(([what, many]) => `${many} to ${what}`)
        .join(', ');
