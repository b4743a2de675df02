/** Which problems a route may answer: its own, and those of every route. The OpenAPI document lists them by status. */
import { type ErrorCode, errorTable } from '../model/errors.ts';
import { mayWantProof } from './fresh-proof.ts';
import type { DescribedRoute } from './route.ts';

const ofEveryRoute: readonly ErrorCode[] = [
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
  'internal',
  'unavailable',
];

/** Problems of a request that begins an operation: one runs at a time, and its records must fit on the disk. */
export const beginning: readonly ErrorCode[] = [
  'operation_running',
  'conflict',
  'idempotency_conflict',
  'storage_full',
];

/** Problems of a request that others may have to approve. */
export const wantingApproval: readonly ErrorCode[] = ['approval_required', 'approval_stale'];

/** Problems of reading an archive's file. */
export const findingArchive: readonly ErrorCode[] = [
  'not_ready',
  'archive_mismatch',
  'place_not_allowed',
  'place_unwritable',
];

/** Problems of reading the end of an archive, before any key is used. */
export const readingArchive: readonly ErrorCode[] = [
  'archive_not_recognised',
  'archive_format_unsupported',
  'archive_cut',
  'archive_damaged',
  'archive_signature_invalid',
  'archive_signer_unknown',
  'archive_bomb',
];

/** Problems of opening an archive with its key. */
export const openingArchive: readonly ErrorCode[] = [
  ...findingArchive,
  ...readingArchive,
  'archive_entry_refused',
  'age_malformed',
  'wrong_key',
  'wrong_passphrase',
  'passphrase_too_costly',
  'too_many_attempts',
  'storage_full',
];

const hasParameters = ({ path }: DescribedRoute): boolean => path.includes('{');

/** Every code that the route may answer, in the order of their statuses. */
export const problemsOf = (route: DescribedRoute): ErrorCode[] => {
  const codes = new Set<ErrorCode>([
    ...ofEveryRoute,
    ...(route.needs === undefined ? [] : (['unauthorized', 'forbidden'] as const)),
    ...(mayWantProof(route) ? (['reauthentication_required'] as const) : []),
    ...(hasParameters(route) ? (['not_found'] as const) : []),
    ...(route.refuses ?? []),
  ]);
  return [...codes].sort((a, b) => errorTable[a].status - errorTable[b].status);
};
