import base from './jest.config.js';

/** What needs emulators of AWS: `npm run test:aws`. Each file has emulators of its own. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/**/*.aws-test.ts'],
  globalSetup: '<rootDir>/test/emulators/install-emulators.js',
  testEnvironment: '<rootDir>/test/emulators/differing-environment.js',
  testTimeout: 120_000,
  maxWorkers: 2,
};
