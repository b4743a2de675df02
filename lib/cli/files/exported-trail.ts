/** An exported audit trail in a file, checked line by line against its chain and its signed end. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditFault, auditLine, ChainCheck, NO_ROW_BEFORE } from '../../model/audit-chain.ts';
import { type AuditSeal, auditRowSchema, auditSealSchema } from '../../model/records/audit.ts';
import { usageFailure } from '../failure.ts';

export interface ExportedTrailCheck {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly seals: number;
  readonly faults: readonly AuditFault[];
}

/** @throws a usage Failure for a file that cannot be read */
export const checkExportedTrail = async (file: string, verifyKey: string): Promise<ExportedTrailCheck> => {
  const chain = new ChainCheck();
  const faults: AuditFault[] = [];
  let first: { seq: number; previous: string } | undefined;
  let seal: AuditSeal | undefined;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: 0 })) {
      const value = parsed(line);
      const row = auditRowSchema.safeParse(value);
      if (seal !== undefined) {
        faults.push({ seq: seal.seq, fault: 'is the signed end, but more lines follow it' });
        break;
      }
      const end = auditSealSchema.safeParse(value);
      if (end.success) {
        seal = end.data;
        continue;
      }
      if (row.success) {
        first ??= row.data;
        if (auditLine(row.data).toString() !== `${line}\n`)
          faults.push({ seq: row.data.seq, fault: 'does not have the form that was hashed' });
      }
      chain.take(value);
    }
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw usageFailure(
      `--file: ${file} cannot be read: ${words}`,
      'Name a file that "holdfast audit export" has written.',
    );
  }
  faults.push(...chain.faults);
  const last = chain.last?.seq ?? 0;
  if (seal === undefined)
    faults.push({ seq: last, fault: 'is the last row of the file, which has no signed end' });
  else {
    faults.push(...faultsOfEnd(chain, seal, verifyKey));
    if ((first?.seq ?? 1) !== seal.startSeq || (first !== undefined && first.previous !== seal.startPrevious))
      faults.push({
        seq: first?.seq ?? 0,
        fault: 'is not where the signed trail begins: rows before it are missing',
      });
  }
  return { from: first?.seq ?? 0, to: last, rows: chain.rows, seals: seal === undefined ? 0 : 1, faults };
};

const faultsOfEnd = (chain: ChainCheck, seal: AuditSeal, verifyKey: string): AuditFault[] => {
  // A trail without rows ends before its first one.
  const held = new ChainCheck(chain.last ?? { seq: 0, hash: NO_ROW_BEFORE });
  held.hold(seal, verifyKey);
  return held.faults;
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
