/** The acceptance suite on the embedded host. */
import { afterAll, beforeAll } from '@jest/globals';
import { EmbeddedAcceptanceHost } from '../acceptance/embedded-host.ts';
import { describeAcceptance } from '../acceptance/suite.ts';

let made: EmbeddedAcceptanceHost | undefined;

beforeAll(async () => {
  made = await EmbeddedAcceptanceHost.start();
});
afterAll(async () => {
  await made?.close();
});

describeAcceptance(() => {
  if (made === undefined) throw new Error('the installation is not up');
  return made;
});
