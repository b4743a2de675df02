/**
 * Error answers that DynamoDB documents for its calls.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
import { type Fault, refusal } from '../../../stubs/faults.ts';
import { bucketRefusals } from './bucket-refusals.ts';
import type { Refusals } from './fault-weather.ts';

const notNow: readonly Fault[] = [
  refusal(500, 'InternalServerError'),
  refusal(400, 'ThrottlingException'),
  refusal(400, 'ProvisionedThroughputExceededException'),
  refusal(400, 'RequestLimitExceeded'),
];
const ofItem: readonly Fault[] = [
  refusal(400, 'ItemCollectionSizeLimitExceededException'),
  refusal(400, 'TransactionConflictException'),
  refusal(400, 'ReplicatedWriteConflictException'),
  refusal(400, 'ValidationException', 'Item size has exceeded the maximum allowed size'),
];

export const tableRefusals: Refusals = {
  '*': [
    refusal(400, 'AccessDeniedException', 'User is not authorized'),
    refusal(400, 'UnrecognizedClientException'),
    refusal(400, 'ExpiredTokenException'),
    refusal(400, 'MissingAuthenticationTokenException'),
    refusal(400, 'IncompleteSignatureException'),
    refusal(400, 'KMSAccessDeniedException'),
  ],
  DescribeTable: notNow,
  DescribeTimeToLive: notNow,
  DescribeContinuousBackups: notNow,
  ListTagsOfResource: [...notNow, refusal(400, 'LimitExceededException')],
  Scan: [...notNow, refusal(400, 'ResourceNotFoundException')],
  PutItem: [...notNow, ...ofItem, refusal(400, 'ResourceNotFoundException')],
  BatchWriteItem: [...notNow, ...ofItem, refusal(400, 'ResourceNotFoundException')],
  CreateTable: [...notNow, refusal(400, 'LimitExceededException'), refusal(400, 'ValidationException')],
  UpdateTimeToLive: [
    ...notNow,
    refusal(400, 'LimitExceededException'),
    refusal(400, 'ResourceInUseException'),
  ],
  ExportTableToPointInTime: [
    ...notNow,
    refusal(400, 'PointInTimeRecoveryUnavailableException'),
    refusal(400, 'ExportConflictException'),
    refusal(400, 'LimitExceededException'),
    refusal(400, 'InvalidExportTimeException'),
  ],
  DescribeExport: [...notNow, refusal(400, 'ExportNotFoundException')],
  GetObject: bucketRefusals.GetObject ?? [],
};
