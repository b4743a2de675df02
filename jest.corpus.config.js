import base from './jest.config.js';

/** The whole corpus of crafted archives, with time to read each of them: `npm run test:corpus`. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/hostile/**/*.corpus-test.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
