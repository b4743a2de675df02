/** What `approval_required` says of the stored request for approval. */
export interface AskedApproval {
  readonly id: string;
  /** Absent: it was approved, and too few of its approvals still count. */
  readonly state?: 'WAITING' | 'APPROVED';
}

/** What the API answered instead of what was asked for, in its own words. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: string;
  /** All fields of the problem document. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, details: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Nobody is signed in. A gateway of AWS answers 403 for that, in words of its own. */
  get isOfNobody(): boolean {
    return this.status === 401 || (this.status === 403 && this.code === 'http_403');
  }

  /** No answer came, or one that no server of ours gives: it may come when it is asked for again. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  /** The request that others have to approve first; null: what they would approve is not known without a dry run. */
  get approval(): AskedApproval | null | undefined {
    return this.code === 'approval_required' ? (this.details.approval as AskedApproval | null) : undefined;
  }
}

export const asProblem = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem(0, 'unreachable', String(thrown));
