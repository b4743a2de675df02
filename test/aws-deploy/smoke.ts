import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import { smokeChecks } from '../smoke/checks.ts';
import type { Smoke } from '../smoke/smoke.ts';
import type { DeployedHost } from './installation/deployed-host.ts';
import { sourceBucket, sourceTable } from './installation/deployed-installation.ts';

const notHere = (): never => {
  throw new Error('this check is not one that the emulator can be asked');
};

const smokeOf = async (host: DeployedHost): Promise<Smoke> => ({
  ...{
    api: host.api,
    pageUrl: host.publicUrl,
    aws: host.aws,
    seconds: host.seconds,
    sourceBucket,
    sourceTable,
  },
  ...{ targetBucket: host.targets.uploads, targetTable: host.targets.orders },
  archiveBucket: await host.archiveBucket(),
  ...{ topicArn: '', wrapKeyArn: '', mail: undefined },
  withLimit: (seconds, functionName, work) => host.functions.withLimit(seconds, functionName, work),
  simulate: notHere,
});

/** Runs the checks of `npm run smoke` that the emulator supports. */
export const describeSmoke = (here: () => DeployedHost): void => {
  describe('the checks of the smoke test', () => {
    test.each(smokeChecks.filter(({ onEmulator }) => onEmulator).map(({ id, run }) => [id, run] as const))(
      '%s [K1] [K3] [K6]',
      async (_id, run) => {
        await idle(here());
        expect(await run(await smokeOf(here()))).not.toBe('');
      },
      300_000,
    );
  });
};
