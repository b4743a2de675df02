/** A server's refusal (RFC 9457 problem document) as a Failure, with the next step where the command line knows one. */
import { errorTable, exitCodes, isErrorCode } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { Failure } from '../failure.ts';
import { Answer } from './answer.ts';

interface Problem {
  title: string;
  detail: string;
  code: string;
  /** For `invalid_request`: the faults, field by field. */
  errors: { path: string; message: string }[];
  /** For `operation_running`: the running operation. */
  operation: Operation;
  /** For `archive_signer_unknown`, when the archive may be trusted. */
  manifestSha256: string;
}

export const problemFailure = (status: number, body: string): Failure => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // This is a proxy's page, not our answer: only the status can be used.
  }
  const problem = new Answer<Problem>(value);
  const code = problem.text('code') || codeOfStatus(status);
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
    hint: hintFor(code, problem),
    details: { status, ...details },
  });
};

const codeOfStatus = (status: number): string => {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  return status === 502 || status === 503 || status === 504 ? 'unavailable' : 'internal';
};

const exitCodeOfStatus = (status: number): number => {
  if (status === 401 || status === 403) return exitCodes.refused;
  return status === 404 ? exitCodes.notFound : exitCodes.failed;
};

const hintFor = (code: string, problem: Answer<Problem>): string | undefined => {
  switch (code) {
    case 'operation_running': {
      const id = problem.part('operation').text('id');
      if (id === '') return undefined;
      return `"holdfast backup status" tells how it stands, "holdfast backup cancel ${shellWord(id)}" ends it.`;
    }
    case 'unauthorized':
      return 'Check HOLDFAST_TOKEN, or the token in the data folder.';
    case 'incompatible_version':
      return '--force passes this check, and is recorded.';
    case 'in_place_unconfirmed':
      return '--dry-run tells first what would change there.';
    case 'approval_required':
      return 'A person approves with "holdfast approval approve ID"; then give this command --approval ID.';
    case 'archive_signer_unknown':
      return problem.text('manifestSha256') === ''
        ? undefined
        : '--trust, behind the id, shows the signer and asks; what it trusts is this one archive, once, and is recorded.';
    default:
      return undefined;
  }
};
