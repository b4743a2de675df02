/**
 * Error answers that S3 documents for its calls.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import { type Fault, refusal } from '../../../stubs/faults.ts';
import { ofAnyCall, type Refusals } from './fault-weather.ts';

const ofRead: readonly Fault[] = [
  refusal(404, 'NoSuchKey'),
  refusal(403, 'InvalidObjectState'),
  refusal(400, 'KMS.DisabledException', 'the key is disabled'),
  refusal(400, 'KMS.KMSInvalidStateException', 'the key is pending deletion'),
  refusal(400, 'InvalidRequest', 'The object was stored using a form of Server Side Encryption.'),
  refusal(405, 'MethodNotAllowed'),
];
const ofWrite: readonly Fault[] = [
  refusal(400, 'BadDigest'),
  refusal(400, 'IncompleteBody'),
  refusal(400, 'InvalidArgument'),
  refusal(400, 'MetadataTooLarge'),
  refusal(409, 'OperationAborted'),
  refusal(409, 'ConditionalRequestConflict'),
];

export const bucketRefusals: Refusals = {
  '*': [...ofAnyCall, refusal(404, 'NoSuchBucket'), refusal(301, 'PermanentRedirect')],
  GetObject: [...ofRead, refusal(412, 'PreconditionFailed')],
  GetObjectTagging: [...ofRead, refusal(404, 'NoSuchTagSet'), refusal(501, 'NotImplemented')],
  PutObject: [...ofWrite, refusal(400, 'InvalidTag'), refusal(400, 'EntityTooLarge')],
  CreateMultipartUpload: [...ofWrite, refusal(400, 'InvalidTag')],
  UploadPart: [refusal(400, 'BadDigest'), refusal(404, 'NoSuchUpload')],
  CompleteMultipartUpload: [
    ...ofWrite,
    // S3 may send status 200 first and report the failure in the body.
    refusal(200, 'InternalError'),
    refusal(200, 'SlowDown'),
    refusal(400, 'InvalidPart'),
    refusal(404, 'NoSuchUpload'),
  ],
};
