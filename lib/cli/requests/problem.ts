/** A server's refusal (RFC 9457 problem document) as a Failure. */
import { type ErrorCode, errorTable, exitCodes, isErrorCode } from '../../model/errors.ts';
import { Failure, serverCode } from '../failure.ts';
import { Answer } from './answer.ts';

interface Problem {
  title: string;
  detail: string;
  code: string;
  /** For `invalid_request`: the faults, field by field. */
  errors: { path: string; message: string }[];
}

/** What was asked for, and of whom. */
interface Asked {
  readonly path?: string;
  /** What to do when the credentials are refused. */
  readonly whenRefused?: string;
}

export const problemFailure = (status: number, body: string, { path, whenRefused }: Asked = {}): Failure => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // This is a proxy's page, not our answer: only the status can be used.
  }
  const problem = new Answer<Problem>(value);
  const said = problem.text('code');
  const code = serverCode(said || codeOfStatus(status));
  const message =
    problem.text('detail') || problem.text('title') || `the server answered with status ${status}`;
  const { type: _type, title: _title, detail: _detail, code: _code, ...details } = problem.raw;
  return new Failure(code, message, {
    exitCode: isErrorCode(code) ? errorTable[code].exitCode : exitCodeOfStatus(status),
    lines: problem
      .list('errors')
      .map((error) => [error.text('path'), error.text('message')].filter((part) => part !== '').join(': '))
      // The sentence names the first fault, so a single one needs no list.
      .filter((line, _, all) => line !== '' && (all.length > 1 || !message.includes(line))),
    hint:
      code === 'unauthorized' ? whenRefused : said === '' ? strangersHint(status, whenRefused) : undefined,
    path,
    details: { status, ...details },
  });
};

/** What to do when something answers that is no server of Holdfast: a proxy, or the gateway of AWS. */
const strangersHint = (status: number, whenRefused: string | undefined): string => {
  // The gateway answers so when it knows no such token.
  if (status === 403 && whenRefused !== undefined) return whenRefused;
  return status >= 500
    ? 'Try again in a while; if that does not help, see that the server runs behind what answers there.'
    : 'See that HOLDFAST_URL is the address of the server itself, without a path.';
};

const codeOfStatus = (status: number): ErrorCode => {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  return status === 502 || status === 503 || status === 504 ? 'unavailable' : 'internal';
};

const exitCodeOfStatus = (status: number): number => {
  if (status === 401 || status === 403) return exitCodes.refused;
  return status === 404 ? exitCodes.notFound : exitCodes.failed;
};
