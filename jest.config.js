/** Real servers on two busy cores: nothing waits for this long, but nothing is cut off for being slow either. */
const testTimeout = 60_000;

export default {
  testTimeout,
  maxWorkers: 2,
  // What a test file loads stays with its worker: one of several gigabytes takes ten times as long for the same file.
  workerIdleMemoryLimit: '1GB',
  globalSetup: '<rootDir>/test/tools/install-tools.js',
  reporters: ['default', '<rootDir>/test/jest/closing-reporter.js'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  setupFiles: ['<rootDir>/test/jest/one-error-realm.js'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
};
