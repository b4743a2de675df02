/** What `approval_required` says of the stored request for approval. */
export interface AskedApproval {
  readonly id: string;
  /** Absent: it was approved, and too few of its approvals still count. */
  readonly state?: 'WAITING' | 'APPROVED';
}

type Fields = Readonly<Record<string, unknown>>;

/** What the API answered instead of what was asked for, in its own words (RFC 9457). */
export class Problem extends Error {
  override name = 'Problem';
  /** 0: no answer came. */
  readonly status: number;
  /** Of the table of errors; `http_<status>` where something before the server answered, in words of its own. */
  readonly code: string;
  /** All fields of the problem document. */
  readonly details: Fields;

  constructor(status: number, code: string, detail: string, details: Fields = {}) {
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

/** What was thrown, as a problem. Anything that is not a problem already means that no answer came. */
export const asProblem = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem(0, 'unreachable', String(thrown));

/** The problem that an answer other than a success tells of; a proxy's page tells its status alone. */
export const problemOf = (status: number, body: string, statusText = ''): Problem => {
  const fields = fieldsOf(body);
  const { code, detail, title, message } = fields;
  const words = [detail, title, message, statusText].find((one) => typeof one === 'string' && one !== '');
  return new Problem(
    status,
    typeof code === 'string' && code !== '' ? code : `http_${status}`,
    typeof words === 'string' ? words : `the server answered with status ${status}`,
    fields,
  );
};

const fieldsOf = (body: string): Fields => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
};
