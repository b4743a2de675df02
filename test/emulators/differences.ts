/**
 * Where an emulator is known not to do as AWS does: each test that must fail for it, by its full name, and the
 * evidence. A test named here that passes fails the run, so that the list only ever gets shorter.
 */
export interface Difference {
  /** The names of the describes and of the test, joined by ` › `. */
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
];
