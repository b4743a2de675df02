/** Real servers on two busy cores: nothing waits for this long, but nothing is cut off for being slow either. */
const testTimeout = 60_000;

export default {
  testTimeout,
  maxWorkers: 2,
  globalSetup: '<rootDir>/test/install-tools.js',
  reporters: ['default', '<rootDir>/test/closing-reporter.js'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  setupFiles: ['<rootDir>/test/one-error-realm.js'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
};
