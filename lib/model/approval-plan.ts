/** The only text of a plan, its digest, and the differences between two plans. Needs no server. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '../archive/canonical-json.ts';
import { isSignedBy } from '../archive/keys/signature.ts';
import {
  type ApprovalFacts,
  type ApprovalPlan,
  type ApprovalRecord,
  type ApprovalState,
  type ApprovalStatement,
  approvalFactsSchema,
  approvalPlanSchema,
  approvalStatementSchema,
  type GrantedApproval,
} from './records/approval.ts';

/** JSON with the keys in the order of the schema, names of components sorted, and a line feed: `sha256sum` gives the digest. */
export const planText = (plan: ApprovalPlan): string =>
  canonicalJson(approvalPlanSchema, { ...plan, facts: sorted(plan.facts) }).toString();

export const digestOfPlan = (plan: ApprovalPlan): string =>
  createHash('sha256').update(planText(plan)).digest('hex');

const byName = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const sorted = (facts: ApprovalFacts): ApprovalFacts =>
  facts.action === 'restore'
    ? { ...facts, components: byName(facts.components), targetState: byName(facts.targetState) }
    : facts;

/** The facts as records keep them: without undefined fields. */
export const keptFacts = (facts: ApprovalFacts): ApprovalFacts =>
  approvalFactsSchema.parse(JSON.parse(canonicalJson(approvalFactsSchema, facts).toString()));

/** The fields of the facts that differ from the approved ones. */
export const differingFields = (approved: ApprovalFacts, asked: ApprovalFacts): string[] => {
  const [before, now] = [new Map(Object.entries(approved)), new Map(Object.entries(asked))];
  return [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => !isDeepStrictEqual(before.get(name), now.get(name)),
  );
};

/** The bytes that are signed for an approval. */
export const approvalStatement = (statement: ApprovalStatement): Buffer =>
  canonicalJson(approvalStatementSchema, statement);

/**
 * Whether an approval is for this request and its digest, and signed with the key that it names. Does not check whose
 * key it is.
 */
export const isApprovalSigned = (
  { id, digest, plan }: Pick<ApprovalRecord, 'id' | 'digest' | 'plan'>,
  { by, at, verifyKey, signature }: GrantedApproval,
): boolean =>
  isSignedBy(
    approvalStatement({
      purpose: 'holdfast approval',
      installation: plan.installation,
      approvalId: id,
      ...{ digest, by, at, verifyKey },
    }),
    signature,
    verifyKey,
  );

export const approvalState = (
  { ended, expiresAt, approvals, needed }: ApprovalRecord,
  now: Date,
): ApprovalState => {
  if (ended !== null) return ended.how;
  if (Date.parse(expiresAt) <= now.getTime()) return 'EXPIRED';
  return approvals.length >= needed ? 'APPROVED' : 'WAITING';
};
