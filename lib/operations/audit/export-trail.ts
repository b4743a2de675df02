import { AUDIT_BLOCK_ROWS, auditLine } from '../../model/audit-chain.ts';
import { settlePending } from './pending-acts.ts';
import { rowsBetween } from './read-trail.ts';
import { type SealingHost, sealTrail } from './seal-trail.ts';
import { readHead } from './trail.ts';

/** An answer of a function has at most 6 MB, and a row some 600 bytes. */
const EXPORTED_AT_ONCE = 4 * AUDIT_BLOCK_ROWS;

/**
 * A part of the trail as JSON lines, each row as it was hashed. The last line is the signed end of the trail, or says
 * where the next part begins: `{"more":4001}`.
 */
export const exportTrail = async (host: SealingHost, from?: number): Promise<string> => {
  if (from === undefined) await settlePending(host);
  const head = await readHead(host.catalog);
  const first = Math.max(from ?? head.startSeq, head.startSeq);
  const last = Math.min(head.seq, first + EXPORTED_AT_ONCE - 1);
  const lines: string[] = [];
  for await (const row of rowsBetween(host.catalog, first, last)) lines.push(auditLine(row).toString());
  if (last < head.seq) return `${lines.join('')}{"more":${last + 1}}\n`;
  const seal = await sealTrail(host);
  // Rows were added meanwhile: the signed end is later than the rows that were read.
  if (seal.seq !== last) return `${lines.join('')}{"more":${last + 1}}\n`;
  return `${lines.join('')}${JSON.stringify(seal)}\n`;
};
