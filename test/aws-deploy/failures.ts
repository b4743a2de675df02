import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from '@jest/globals';
import { idle } from '../acceptance/host.ts';
import { eventually } from '../contract/eventually.ts';
import type { DeployedHost } from './installation/deployed-host.ts';

/** Operations that end in other ways than by their own end or by their caller. */
export const describeFailures = (here: () => DeployedHost): void => {
  describe('failures', () => {
    test('an execution that somebody stops frees the lock by its status-change event [B1]', async () => {
      const host = here();
      const { api, aws } = host;
      await idle(host);
      const { body } = await api.post('/v1/backups', {});
      const { executionArn } = await host.executionOf('backup', body.id);
      await aws.sfn.send(new StopExecutionCommand({ executionArn }));
      expect(await api.ended(`/v1/backups/${body.id}`)).toMatchObject({
        state: 'FAILED',
        shortError: expect.stringContaining('interrupted'),
      });
      await idle(host);
    });

    test('a capture that is killed without a word, in the Map, goes to the one failure path [B1] [D4]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const before = await host.stored();
      const backup = await host.functions.whileKilled('capture', async () => {
        const { body } = await api.post('/v1/backups', { label: 'killed' });
        return api.ended(`/v1/backups/${body.id}`, host.seconds);
      });
      expect(backup).toMatchObject({ state: 'FAILED', archiveBytes: 0 });
      // The words come from the Map's Catch; the status-change event would have said "interrupted".
      expect(backup.shortError).toMatch(/died|Sandbox|threshold|Lambda/);
      expect(backup.shortError).not.toContain('interrupted');
      await idle(host);
      await eventually('the execution has failed', async () =>
        (await host.execution('backup', backup.id)) === 'FAILED' ? true : undefined,
      );
      expect(await host.stored()).toEqual(before);
    }, 240_000);

    // MiniStack 1.5.33 has no RedriveExecution (services/stepfunctions.py, its table of actions), so the test
    // calls the tasks as a redriven execution would, with their original input.
    test('tasks of an execution whose operation has ended change nothing, as when it is redriven [B2]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const { body } = await api.post('/v1/backups', { label: 'ended' });
      const { input = '' } = await host.executionOf('backup', body.id);
      const ended = await api.ended(`/v1/backups/${body.id}`, host.seconds);
      await idle(host);
      const restored = await api.post(`/v1/backups/${body.id}/restores`, { targets: host.targets });
      const ofRestore = (await host.executionOf('restore', restored.body.id)).input ?? '';
      const restore = await api.ended(`/v1/restores/${restored.body.id}`, host.seconds);
      await idle(host);
      const stored = await host.stored();
      const capturing = { work: { component: 'orders', shard: 0, shards: 1, work: {} } };
      const calls = [
        ...(
          ['acquire-lock', 'plan-backup', 'seal-archive', 'verify-archive', 'complete-backup'] as const
        ).map((functionName) => ({ functionName, payload: JSON.parse(input) })),
        { functionName: 'capture', payload: { ...JSON.parse(input), ...capturing } },
        ...(['acquire-lock', 'open-archive', 'complete-restore'] as const).map((functionName) => ({
          functionName,
          payload: JSON.parse(ofRestore),
        })),
        {
          functionName: 'restore-component',
          payload: { ...JSON.parse(ofRestore), work: { component: 'orders', shard: 0 } },
        },
      ] as const;
      for (const { functionName, payload } of calls) {
        const { failed, text } = await host.functions.invoke(functionName, payload);
        expect({ functionName, failed, text }).toEqual({
          functionName,
          failed: true,
          text: expect.stringContaining('fence_lost'),
        });
      }
      expect((await api.get(`/v1/restores/${restore.id}`)).body).toEqual(restore);
      const { restores: _, ...now } = (await api.get(`/v1/backups/${body.id}`)).body;
      const { restores: __, ...then } = ended;
      expect(now).toEqual(then);
      expect(await host.stored()).toEqual(stored);
    }, 240_000);
  });
};
