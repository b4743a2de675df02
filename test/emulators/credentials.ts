/** What every emulator is spoken to with: not a secret, and not an account of anybody. */
export const testCredentials = { accessKeyId: 'test', secretAccessKey: 'test' } as const;
export const testRegion = 'eu-central-1';
/** For the constructors of the SDK's clients. */
export const clientConfig = (endpoint: string) => ({
  endpoint,
  region: testRegion,
  credentials: testCredentials,
  maxAttempts: 3,
});
