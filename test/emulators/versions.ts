/** The pinned versions of the emulators, so that a known difference stays the same. */
export const versions = {
  /** PyPI, MIT. The indirect dependencies are pinned to the versions it was tested with. */
  ministack: { requirements: ['ministack==1.5.33', 'cryptography==50.0.2'] },
  /** PyPI, Apache-2.0. A second implementation of KMS to compare with. */
  moto: { requirements: ['moto[kms,server]==5.2.5', 'cryptography==50.0.2'] },
  /** Maven Central, from Amazon, under the DynamoDB Local licence: for development only. */
  dynamodbLocal: { artifact: 'com.amazonaws:DynamoDBLocal:2.6.1' },
  /** Go module, Apache-2.0. */
  versitygw: { module: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0' },
} as const;
