/** Fixed credentials for every emulator; they are not secret and belong to no account. */
export const testCredentials = { accessKeyId: 'test', secretAccessKey: 'test' } as const;
export const testRegion = 'eu-central-1';
/** The configuration for the SDK's clients. */
export const clientConfig = (endpoint: string) => ({
  endpoint,
  region: testRegion,
  credentials: testCredentials,
  maxAttempts: 3,
});
