/** Takes an archive through an installation over HTTP as a caller does, and reports faulty answers. */
import { setTimeout as pause } from 'node:timers/promises';
import { isErrorCode } from '../../lib/model/errors.ts';
import type { Answer, Api } from '../acceptance/api.ts';
import { deadlineIn } from '../deadline.ts';

/** Text of unexpected errors, which no answer and no record may contain. */
const RAW =
  /\b(TypeError|RangeError|SyntaxError|ReferenceError|ZodError|AssertionError)\b|\bE(NOENT|ACCES|EXIST|INVAL|NOTDIR|ISDIR|NOTEMPTY|NAMETOOLONG|LOOP|PERM)\b|ERR_[A-Z]|\bat .*\.[jt]s:\d+|something failed inside/;

const patience = 60_000;

export class HttpSession {
  readonly #api: Api;
  /** The faulty answers. */
  readonly faults: string[] = [];
  /** The codes of refusals in order. */
  readonly refusals: string[] = [];

  constructor(api: Api) {
    this.#api = api;
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#api.call(method, path, body === undefined ? {} : { body });
    this.#judge(`${method} ${path}`, answer);
    return answer;
  }

  #judge(request: string, { status, headers, body, text }: Answer): void {
    if (status < 400) return;
    const code = String(body?.code);
    this.refusals.push(code);
    const isProblem = headers.get('content-type') === 'application/problem+json';
    if (status >= 500 || !isProblem || !isErrorCode(code))
      this.faults.push(`${request}: ${status} ${text.slice(0, 300)}`);
    else if (RAW.test(String(body.detail))) this.faults.push(`${request}: ${body.detail}`);
  }

  /** Waits for the end of an operation; a failed operation must give a reason in Holdfast's own words. */
  async ended(path: string): Promise<Answer['body']> {
    const deadline = deadlineIn(patience);
    for (;;) {
      const { status, body } = await this.call('GET', path);
      if (status !== 200) return body;
      if (body.state !== 'IN_PROGRESS') {
        if (body.state === 'FAILED') {
          this.refusals.push(String(body.errorCode ?? 'failed'));
          if (RAW.test(String(body.shortError))) this.faults.push(`${path}: ${body.shortError}`);
        }
        return body;
      }
      if (deadline.isOver) {
        this.faults.push(`${path} did not end`);
        return body;
      }
      await pause(10);
    }
  }

  /** Uploads a file; returns the ended import, or undefined when no import started. */
  async upload(
    bytes: Uint8Array,
    request: Record<string, unknown> = {},
  ): Promise<Answer['body'] | undefined> {
    const created = await this.call('POST', '/v1/uploads', { bytes: bytes.length, ...request });
    if (created.status !== 201) return undefined;
    const { id, partBytes, missing } = created.body;
    for (const number of missing) {
      const ticket = await this.call('POST', `/v1/uploads/${id}/parts/${number}`);
      if (ticket.status !== 200) continue;
      await this.call('PUT', ticket.body.url, bytes.subarray((number - 1) * partBytes, number * partBytes));
    }
    const completed = await this.call('POST', `/v1/uploads/${id}/complete`);
    const ended = completed.status === 202 ? await this.ended(`/v1/imports/${completed.body.id}`) : undefined;
    if (ended?.state !== 'SUCCESS') await this.call('DELETE', `/v1/uploads/${id}`);
    return ended;
  }

  /** Makes every request that a backup allows. Returns the restore, if one started. */
  async use(
    backupId: string,
    {
      targets,
      passphrase,
      trusted = false,
      setuid = false,
    }: {
      targets: Record<string, string>;
      passphrase?: string;
      /** Whether the request trusts the signer and manifest of the record. @default the signer is known */
      trusted?: boolean;
      /** Whether the restore asks for setuid and setgid of another installation's archive. */
      setuid?: boolean;
    },
  ): Promise<Answer['body'] | undefined> {
    const secret = passphrase === undefined ? {} : { passphrase };
    const path = `/v1/backups/${backupId}`;
    const { body: record } = await this.call('GET', path);
    const trust = trusted
      ? { trust: { verifyKey: record.signedBy, manifestSha256: record.manifestSha256 } }
      : {};
    await this.#api
      .get(`${path}/contents?limit=1000`, {
        headers: passphrase === undefined ? {} : { 'holdfast-passphrase': encodeURIComponent(passphrase) },
      })
      .then((answer) => this.#judge(`GET ${path}/contents`, answer));
    const verified = await this.call('POST', `${path}/verify`, { deep: true, ...secret });
    if (verified.status === 202) await this.ended(`/v1/verifications/${verified.body.id}`);
    const restore = async (dryRun: boolean): Promise<Answer['body'] | undefined> => {
      const components = Object.keys(targets);
      const started = await this.call('POST', `${path}/restores`, {
        ...(components.length === 0 ? {} : { components }),
        ...{ targets, dryRun, setuid },
        ...trust,
        ...secret,
      });
      return started.status === 202 ? this.ended(`/v1/restores/${started.body.id}`) : undefined;
    };
    const planned = await restore(true);
    return planned?.state === 'SUCCESS' ? restore(false) : planned;
  }
}
