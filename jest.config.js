export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  setupFiles: ['<rootDir>/test/one-error-realm.js'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
};
