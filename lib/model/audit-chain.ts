/** How rows of the audit trail are chained, and how anybody checks that. Needs no server. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../archive/canonical-json.ts';
import { isSignedBy } from '../archive/keys/signature.ts';
import { type AuditRow, type AuditSeal, auditRowSchema, auditSealSchema } from './records/audit.ts';

/** Rows in a stored block. */
export const AUDIT_BLOCK_ROWS = 1000;
export const blockOf = (seq: number): number => Math.floor((seq - 1) / AUDIT_BLOCK_ROWS);
export const firstOfBlock = (block: number): number => block * AUDIT_BLOCK_ROWS + 1;

export const NO_ROW_BEFORE = '0'.repeat(64);

/** The only text of a row: JSON with ordered keys, and a line feed. Its `sha256sum` is the next row's `previous`. */
export const auditLine = (row: AuditRow): Buffer => canonicalJson(auditRowSchema, row);

export const hashOfLine = (line: Uint8Array): string => createHash('sha256').update(line).digest('hex');

const statementSchema = auditSealSchema.omit({ signature: true });
export type AuditStatement = Omit<AuditSeal, 'signature'>;

/** The bytes of a seal that are signed. */
export const sealStatement = ({
  signature: _,
  ...statement
}: AuditStatement & { signature?: string }): Buffer => canonicalJson(statementSchema, statement);

export const isSealSigned = (seal: AuditSeal, verifyKey: string): boolean =>
  seal.verifyKey === verifyKey && isSignedBy(sealStatement(seal), seal.signature, verifyKey);

/** A fault in a trail. */
export interface AuditFault {
  readonly seq: number;
  readonly fault: string;
}

/** Follows the chain row by row; only the last hash is remembered. */
export class ChainCheck {
  readonly faults: AuditFault[] = [];
  rows = 0;
  #last: { seq: number; hash: string } | undefined;

  /** @param before the row before the first one; undefined accepts any first row */
  constructor(before?: { readonly seq: number; readonly hash: string }) {
    this.#last = before === undefined ? undefined : { ...before };
  }

  /** Number and hash of the last row taken. */
  get last(): { readonly seq: number; readonly hash: string } | undefined {
    return this.#last;
  }

  take(value: unknown): void {
    this.rows += 1;
    const parsed = auditRowSchema.safeParse(value);
    const expected = (this.#last?.seq ?? 0) + 1;
    if (!parsed.success) {
      this.#say(expected, 'is not a row of an audit trail');
      this.#last = { seq: expected, hash: '' };
      return;
    }
    const row = parsed.data;
    if (this.#last !== undefined && row.seq !== expected)
      this.#say(row.seq, `follows row ${this.#last.seq}: rows are missing or repeated`);
    else if (this.#last !== undefined && this.#last.hash !== '' && row.previous !== this.#last.hash)
      this.#say(row.seq, 'does not match the hash of the row before it: one of the two was changed');
    this.#last = { seq: row.seq, hash: hashOfLine(auditLine(row)) };
  }

  /** Compares the row just taken with a signed end of the trail. */
  hold(seal: AuditSeal, verifyKey: string): void {
    const last = this.#last;
    if (!isSealSigned(seal, verifyKey)) this.#say(seal.seq, 'has a seal that this installation did not sign');
    else if (last === undefined || last.seq !== seal.seq || last.hash !== seal.hash)
      this.#say(seal.seq, 'is not the row that was signed');
  }

  #say(seq: number, fault: string): void {
    if (this.faults.length < 100) this.faults.push({ seq, fault });
  }
}
