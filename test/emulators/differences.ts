/**
 * Known differences between emulators and AWS: the full name of each test that must fail on an emulator, and
 * the evidence. The run fails when a test in this list passes, so that the list never keeps an outdated
 * entry.
 */
export interface Difference {
  /** The names of the describe blocks and of the test, joined by ` › `. */
  readonly test: string;
  readonly evidence: string;
}

export const differences: readonly Difference[] = [
  {
    test: 'key vault: KMS on MiniStack › does not unwrap a ciphertext that was changed or cut',
    evidence:
      'MiniStack 1.5.33, services/kms.py _encrypt: "Fake symmetric encryption: XOR with a key-derived pad"; the ciphertext has no tag. AWS: AES-256-GCM, InvalidCiphertextException. Shown on moto.',
  },
  {
    test: 'key vault: KMS on MiniStack › does not unwrap what another installation wrapped [C8]',
    evidence:
      'MiniStack 1.5.33, services/kms.py _decrypt takes the key from the ciphertext and ignores KeyId. AWS: IncorrectKeyException, "the KMS key that you specify must be the KMS key that encrypted the ciphertext" (API reference of Decrypt).',
  },
  {
    test: 'key vault: KMS on moto › signs up to 4,096 bytes so that node:crypto verifies with its raw public key [B8]',
    evidence:
      'moto 5.2.5: CreateKey refuses KeySpec ECC_NIST_EDWARDS25519, ValidationException; its enum ends with ECC_NIST_P521. AWS and MiniStack have it.',
  },
  {
    test: 'key vault: KMS on moto › does not unwrap a ciphertext that was changed or cut',
    evidence:
      'moto 5.2.5, kms/utils.py decrypt: a changed key id in the ciphertext is answered with AccessDeniedException, "The ciphertext refers to a customer master key that does not exist". It refuses every one, but under that name. AWS: InvalidCiphertextException.',
  },
  {
    test: 'key vault: KMS on moto › does not unwrap what another installation wrapped [C8]',
    evidence:
      'moto 5.2.5, kms/models.py decrypt: a ciphertext of another key than KeyId is answered with AccessDeniedException. It refuses, but under that name. AWS: IncorrectKeyException.',
  },
  {
    test: 'kind dynamodb on DynamoDB Local › takes the table from an export where point-in-time recovery is on, and says so',
    evidence:
      'DynamoDB Local 2.6.1 answers DescribeContinuousBackups and ExportTableToPointInTime with UnknownOperationException, and is no S3. Shown on MiniStack.',
  },
  {
    test: 'kind dynamodb on DynamoDB Local › keeps the tags of the table',
    evidence:
      'DynamoDB Local 2.6.1: ListTagsOfResource answers "Tagging is not currently supported in DynamoDB Local." Shown on MiniStack.',
  },
  {
    test: 'Step Functions on MiniStack › workflow engine: SFN › once an item of a Map has failed, starts no other and goes on at its Catch',
    evidence:
      'MiniStack 1.5.33, services/stepfunctions.py _run_map_items: every item is given to the pool, all are waited for (futures_wait), and only then is an error raised. AWS: the state has failed with its first iteration that fails, and the others are terminated (states-language.net/spec.html, Map State).',
  },
  {
    test: 'Step Functions on MiniStack › workflow engine: SFN › ends an execution at its TimeoutSeconds, past any Catch',
    evidence:
      'MiniStack 1.5.33, services/stepfunctions.py reads TimeoutSeconds of states only, and says itself that "TIMED_OUT is never set locally". AWS: an execution that runs longer than TimeoutSeconds of its machine is TIMED_OUT (statemachine-structure.html).',
  },
  {
    test: 'Step Functions on MiniStack › workflow engine: SFN › fails, past any Catch, when a task returns more than 256 KiB',
    evidence:
      'MiniStack 1.5.33, services/stepfunctions.py knows neither States.DataLimitExceeded nor a largest size. AWS: at most 256 KiB for a task, state or execution (service-quotas.html); more is States.DataLimitExceeded, which States.ALL cannot catch (concepts-error-handling.html).',
  },
  {
    test: 'generated buckets on versitygw › keys come back: beside what lies below them',
    evidence:
      'versitygw 1.8.0 keeps objects as files of a folder (backend posix): PutObject of b/c beside b is answered with ObjectParentIsFile. S3 has no folders: "the data model is a flat structure" (userguide, using-folders.html). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on versitygw › keys come back: empty parts',
    evidence:
      'versitygw 1.8.0 keeps objects as files of a folder (backend posix): PutObject of a//b is answered with ExistingObjectIsDirectory. S3 takes it: any sequence of Unicode is a key (object-keys.html). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on versitygw › keys come back: dots',
    evidence:
      'versitygw 1.8.0 keeps objects as files of a folder (backend posix): PutObject of ../a is answered with 400, without a code. S3 takes it; ".." is advised against for other tools\u2019 sake alone (object-keys.html). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on versitygw › keys come back: control characters',
    evidence:
      'versitygw 1.8.0 ignores encoding-type=url of ListObjectsV2, and lists the key x\\u0001y with U+FFFD in it, so that nobody can read it; the object is named as gone. S3 encodes keys in listings when asked (ListObjectsV2 API reference, EncodingType). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on versitygw › keys come back: names of more than 255 bytes',
    evidence:
      'versitygw 1.8.0 keeps objects as files of a folder (backend posix): a part of a key of 256 bytes is answered with KeyTooLongError. S3 bounds the whole key alone, at 1,024 bytes (object-keys.html). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on versitygw › keys come back from a bucket with versions: long names',
    evidence:
      'versitygw 1.8.0: a second PutObject of a key whose last part has 251 bytes is answered with ExistingObjectIsDirectory where the bucket keeps versions. S3 bounds the whole key alone, at 1,024 bytes (object-keys.html). Shown on MiniStack.',
  },
  {
    test: 'generated buckets on MiniStack › tags come back: of an object that is put in parts',
    evidence:
      'MiniStack 1.5.33, services/s3.py reads x-amz-tagging in PutObject and in forms alone: _create_multipart_upload drops it. S3 takes it ("x-amz-tagging", API reference of CreateMultipartUpload). Shown on the stub and versitygw.',
  },
  {
    test: 'MiniStack › the S3 store › knowing what was captured › proves what it joined by a checksum of the whole [B3]',
    evidence:
      'MiniStack 1.5.33 leaves copied parts out of the checksum of a whole object: UploadPartCopy answers without ChecksumCRC32, and CompleteMultipartUpload with the right one is answered with BadDigest. S3 sums copied parts, too (checking-object-integrity-upload.html). Shown on versitygw, which does so where a part is a whole object.',
  },
];
