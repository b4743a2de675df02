/** What the emulators are: pinned, so that a difference found once is the same difference tomorrow. */
export const versions = {
  /** PyPI, MIT. The transitive pins are those it was tried with. */
  ministack: { requirements: ['ministack==1.5.33', 'cryptography==50.0.2'] },
  /** PyPI, Apache-2.0. A second opinion on KMS. */
  moto: { requirements: ['moto[kms,server]==5.2.5', 'cryptography==50.0.2'] },
  /** Maven Central, Amazon's own; under its DynamoDB Local licence, for development only. */
  dynamodbLocal: { artifact: 'com.amazonaws:DynamoDBLocal:2.6.1' },
  /** Go module, Apache-2.0. */
  versitygw: { module: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0' },
} as const;
