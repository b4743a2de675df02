/** Where each kind of record is in the lists of the catalog. */
import { blockOf } from '../../model/audit-chain.ts';
import { deliveryId } from '../../model/records/notice.ts';
import { triggerOrder } from '../../model/records/trigger.ts';
import type { RecordKind, Records } from './records.ts';

/**
 * A record's place in lists: its id, the group by which it can be listed (a backup's label, a capture's backup), and
 * its order within kind and group. Lists are sorted by `order`, then id.
 */
export interface Placement {
  id: string;
  group: string;
  order: string;
}
const groupNumber = (n: number): string => String(n).padStart(8, '0');
/** The group of a block of the audit trail. */
export const auditGroup = groupNumber;
const rowNumber = (seq: number): string => String(seq).padStart(12, '0');
/** The id of a row of the audit trail. */
export const auditId = (seq: number): string => `${auditGroup(blockOf(seq))}/${rowNumber(seq)}`;
/** The beginning of the order of all checkpoints of one capture task, and of no others. */
export const taskOrder = (component: string, shard: number): string => `${component}/${groupNumber(shard)}/`;
/** The beginning of the order of all ranges of one pass of a verification, and of no others. */
export const passOrder = (pass: string): string => `${pass}/`;
/** Tokens and people of a domain are listed together, as are those of the whole installation. */
export const tokenGroup = (domain: string | null): string =>
  domain === null ? 'installation' : `domain/${domain}`;
/** The beginning of the order of all waiting deliveries of one lane, and of no others. */
export const laneOrder = (lane: string): string => `${lane} `;
export const placements: { readonly [K in RecordKind]: (record: Records[K]) => Placement } = {
  backup: (r) => ({ id: r.id, group: r.label, order: r.createdAt }),
  deletion: (r) => ({ id: r.backupId, group: '', order: r.startedAt }),
  restore: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  verification: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  import: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  reseal: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  upload: (r) => ({ id: r.id, group: '', order: r.createdAt }),
  uploadPart: (r) => ({
    id: `${r.uploadId}/${r.number}`,
    group: r.uploadId,
    order: groupNumber(r.number),
  }),
  key: (r) => ({ id: r.id, group: `${r.scope}/${r.domain}`, order: r.createdAt }),
  verifyKey: (r) => ({ id: r.id, group: r.installation, order: r.addedAt }),
  sealedKey: (r) => ({ id: r.ownerId, group: r.ownerId, order: '' }),
  run: (r) => ({ id: r.id, group: '', order: r.startedAt }),
  captureWork: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}`,
    group: r.backupId,
    order: taskOrder(r.component, r.shard),
  }),
  capturePlan: (r) => ({ id: `${r.backupId}/${r.component}`, group: r.backupId, order: r.component }),
  captureGroup: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}/${r.group}`,
    group: r.backupId,
    order: taskOrder(r.component, r.shard) + groupNumber(r.group),
  }),
  captureSummary: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}`,
    group: r.backupId,
    order: `${r.component}/${groupNumber(r.shard)}`,
  }),
  restoreCheckpoint: (r) => ({
    id: `${r.restoreId}/${r.component}/${r.shard}`,
    group: r.restoreId,
    order: taskOrder(r.component, r.shard),
  }),
  planPage: (r) => ({
    id: `${r.restoreId}/${r.component}/${r.page}`,
    group: r.restoreId,
    order: `${r.component}/${groupNumber(r.page)}`,
  }),
  verifyRange: (r) => ({
    id: `${r.operationId}/${r.pass}/${r.range}`,
    group: r.operationId,
    order: passOrder(r.pass) + groupNumber(r.range),
  }),
  joining: (r) => ({ id: `${r.operationId}/${r.name}`, group: r.operationId, order: r.name }),
  logChunk: (r) => ({ id: `${r.operationId}/${r.part}`, group: r.operationId, order: `${r.at}/${r.part}` }),
  // A token of 0.1.0 is found by the hash of the whole token, all others by the id that is part of them.
  token: (r) =>
    r.domain === undefined
      ? { id: r.hash, group: r.role, order: r.createdAt }
      : { id: r.id, group: tokenGroup(r.domain), order: r.createdAt },
  person: (r) => ({ id: r.id, group: tokenGroup(r.domain), order: r.createdAt }),
  personName: (r) => ({ id: r.id, group: '', order: r.id }),
  session: (r) => ({ id: r.id, group: r.personId ?? r.tokenId ?? '', order: r.expiresAt }),
  tokenUse: (r) => ({ id: r.tokenId, group: '', order: r.lastUsedAt }),
  domain: (r) => ({ id: r.name, group: '', order: r.name }),
  idempotency: (r) => ({ id: r.key, group: '', order: r.createdAt }),
  event: (r) => ({ id: r.id, group: '', order: r.at }),
  notice: (r) => ({ id: r.id, group: r.type, order: r.at }),
  delivery: (r) => ({
    id: deliveryId(r.noticeId, r.channel),
    group: r.state,
    order: r.state === 'waiting' ? laneOrder(r.lane) + r.nextAttemptAt : (r.endedAt ?? ''),
  }),
  channel: (r) => ({ id: r.channel, group: '', order: r.channel }),
  channelAnswer: (r) => ({ id: r.channel, group: '', order: r.channel }),
  schedule: (r) => ({ id: r.id, group: '', order: r.id }),
  retention: (r) => ({ id: r.id, group: '', order: '' }),
  lastBackups: (r) => ({ id: r.id, group: r.id.split('/', 1)[0] ?? '', order: r.id }),
  storedSchedule: (r) => ({ id: r.id, group: '', order: r.id }),
  triggerEvent: (r) =>
    r.state === 'waiting'
      ? { id: r.id, group: 'waiting', order: triggerOrder(r.triggerId) + r.receivedAt }
      : { id: r.id, group: 'settled', order: r.receivedAt },
  passwordAttempts: (r) => ({ id: r.id, group: '', order: r.lastAt }),
  audit: (r) => ({ id: auditId(r.seq), group: auditGroup(blockOf(r.seq)), order: rowNumber(r.seq) }),
  auditBlock: (r) => ({ id: auditGroup(r.block), group: '', order: auditGroup(r.block) }),
  auditHead: (r) => ({ id: r.id, group: '', order: '' }),
  auditSeal: (r) => ({
    id: `${rowNumber(r.seq)}/${rowNumber(r.startSeq)}`,
    group: '',
    order: rowNumber(r.seq),
  }),
  backupToken: (r) => ({ id: r.id, group: '', order: r.createdAt }),
  approval: (r) => ({ id: r.id, group: r.requestedBy.id, order: r.createdAt }),
  auditPending: (r) => ({ id: r.id, group: '', order: r.entry.endedAt }),
};

export const placementOf = <K extends RecordKind>(kind: K, record: Records[K]): Placement =>
  placements[kind](record);
