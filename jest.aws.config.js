import base from './jest.config.js';

/** What needs emulators of AWS: `npm run test:aws`. They share the machine, so one file runs at a time. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/**/*.aws-test.ts'],
  testEnvironment: '<rootDir>/test/emulators/differing-environment.js',
  // The first use of an emulator installs it: versitygw was built in 160 s on a slow machine, in a hook of the first test.
  testTimeout: 400_000,
  maxWorkers: 1,
};
