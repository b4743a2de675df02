/**
 * The contract of every workflow engine. Run it on an adapter with `describeWorkflowEngine(name, open)`;
 * `open` puts a definition, and the functions that its Tasks name, where the engine finds them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExecutionStatus, WorkflowEngine } from '../../lib/ports/workflow-engine.ts';
import { eventually } from './eventually.ts';
import { sampleId } from './sample-records.ts';

/** Functions by the name of their placeholder, as in `${WorkFunctionArn}`. */
export type TaskFunctions = Readonly<Record<string, (payload: unknown, signal: AbortSignal) => unknown>>;
/** Opens an engine that runs this definition as its machine `backup`. */
export type OpenEngine = (
  definition: object,
  functions: TaskFunctions,
) => Promise<{ engine: WorkflowEngine; close: () => Promise<void> }>;

export const task = (name: string, rest: object): object => ({
  Type: 'Task',
  Resource: `\${${name}FunctionArn}`,
  TimeoutSeconds: 60,
  ...rest,
});
export const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
/** Works until its signal aborts, and then fails; on hosts that cannot signal it, works for ten seconds. */
export const untilAborted = async (signal: AbortSignal): Promise<void> => {
  await pause(10_000, undefined, { signal });
};

export const describeWorkflowEngine = (name: string, open: OpenEngine): void => {
  describe(`workflow engine: ${name}`, () => {
    const closers: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0)) await close();
    });
    const opened = async (definition: object, functions: TaskFunctions): Promise<WorkflowEngine> => {
      const { engine, close } = await open(definition, functions);
      closers.push(close);
      return engine;
    };
    const ended = (engine: WorkflowEngine, operationId: string): Promise<ExecutionStatus> =>
      eventually(`${operationId} ended`, async () => {
        const status = await engine.status(operationId);
        return status === 'RUNNING' ? undefined : status;
      });
    const run = async (definition: object, functions: TaskFunctions): Promise<ExecutionStatus> => {
      const engine = await opened(definition, functions);
      const operationId = sampleId();
      await engine.start('backup', { operationId, fence: 7 });
      return ended(engine, operationId);
    };

    test('runs the tasks in order, handing on what they return', async () => {
      const seen: unknown[] = [];
      const definition = {
        StartAt: 'One',
        States: { One: task('One', { Next: 'Two' }), Two: task('Two', { End: true }) },
      };
      const status = await run(definition, {
        One: (payload) => {
          seen.push(payload);
          return { from: 'one', at: new Date(0), gone: undefined };
        },
        Two: (payload) => {
          seen.push(payload);
        },
      });
      expect(status).toBe('SUCCEEDED');
      expect(seen).toEqual([
        { operationId: expect.any(String), fence: 7 },
        { from: 'one', at: '1970-01-01T00:00:00.000Z' },
      ]);
      expect(Object.keys(Object(seen[1]))).toEqual(['from', 'at']);
    });

    test('knows nothing of an execution that never was, and stopping it does nothing', async () => {
      const engine = await opened(
        { StartAt: 'One', States: { One: task('One', { End: true }) } },
        { One: () => 1 },
      );
      expect(await engine.status(sampleId())).toBeUndefined();
      await engine.stop(sampleId(), 'test');
    });

    test('starts an operation once, however often it is asked to, at once or later [B16]', async () => {
      let runs = 0;
      const one = { StartAt: 'One', States: { One: task('One', { End: true }) } };
      const engine = await opened(one, {
        One: () => {
          runs++;
        },
      });
      const operationId = sampleId();
      const start = () => engine.start('backup', { operationId, fence: 1 });
      await Promise.all(Array.from({ length: 10 }, start));
      expect(await ended(engine, operationId)).toBe('SUCCEEDED');
      await start();
      expect(await ended(engine, operationId)).toBe('SUCCEEDED');
      expect(runs).toBe(1);
    });

    test('retries by the name of the error, and only so often', async () => {
      const Retry = [
        { ErrorEquals: ['RetryableError'], IntervalSeconds: 1, MaxAttempts: 2, JitterStrategy: 'FULL' },
      ];
      const definition = { StartAt: 'One', States: { One: task('One', { Retry, End: true }) } };
      let attempts = 0;
      const failing = (times: number, error: string) => () => {
        if (++attempts <= times) throw named(error, 'not yet');
      };
      expect(await run(definition, { One: failing(1, 'RetryableError') })).toBe('SUCCEEDED');
      expect(attempts).toBe(2);
      attempts = 0;
      expect(await run(definition, { One: failing(9, 'HoldfastError') })).toBe('FAILED');
      expect(attempts).toBe(1);
      attempts = 0;
      expect(await run(definition, { One: failing(9, 'RetryableError') })).toBe('FAILED');
      expect(attempts).toBe(3);
    });

    test('catches by the name of the error, and hands on name and cause as a Lambda has them', async () => {
      const caught: unknown[] = [];
      const Catch = [
        { ErrorEquals: ['OtherError'], Next: 'Wrong' },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Tell' },
      ];
      const definition = {
        StartAt: 'One',
        States: {
          One: task('One', { Catch, End: true }),
          Wrong: { Type: 'Succeed' },
          Tell: task('Tell', { Next: 'Failed' }),
          Failed: { Type: 'Fail', Error: 'Failed', Cause: 'told' },
        },
      };
      const status = await run(definition, {
        One: () => {
          throw named('HoldfastError', 'the disk is full');
        },
        Tell: (payload) => {
          caught.push(payload);
        },
      });
      expect(status).toBe('FAILED');
      const [{ error, ...input }] = caught.map((payload) => ({
        error: { Error: '', Cause: '' },
        ...Object(payload),
      }));
      expect(error.Error).toBe('HoldfastError');
      expect(JSON.parse(error.Cause)).toMatchObject({
        errorType: 'HoldfastError',
        errorMessage: 'the disk is full',
      });
      expect(input).toMatchObject({ fence: 7 });
    });

    const mapDefinition = (inner: object, rest: object = {}) => ({
      StartAt: 'List',
      States: {
        List: task('List', { Next: 'Each' }),
        Each: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemSelector: { 'item.$': '$$.Map.Item.Value', 'operation.$': '$$.Execution.Name' },
          MaxConcurrency: 3,
          ItemProcessor: {
            ProcessorConfig: { Mode: 'INLINE' },
            StartAt: 'Work',
            States: { Work: task('Work', { ...inner, End: true }) },
          },
          ResultPath: '$.results',
          Next: 'Done',
          ...rest,
        },
        Done: task('Done', { End: true }),
        Undone: task('Undone', { End: true }),
      },
    });
    const itemOf = (payload: unknown): number => Object(payload).item;

    test('maps over a list with bounded concurrency; results stand in its order', async () => {
      let [now, most] = [0, 0];
      const done: unknown[] = [];
      const threeRan = () => (most >= 3 ? true : undefined);
      const status = await run(
        mapDefinition({}, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undone' }] }),
        {
          List: () => ({ items: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }),
          Work: async (payload) => {
            most = Math.max(most, ++now);
            await eventually('three run at once', threeRan);
            await pause(10 - itemOf(payload));
            now--;
            return itemOf(payload) * 2;
          },
          Done: (payload) => {
            done.push(Object(payload).results);
          },
          Undone: () => {},
        },
      );
      expect(status).toBe('SUCCEEDED');
      expect(most).toBe(3);
      expect(done).toEqual([[0, 2, 4, 6, 8, 10, 12, 14, 16, 18]]);
    });

    test('gives the items of a Map the name of the execution', async () => {
      const names = new Set<unknown>();
      const engine = await opened(
        mapDefinition({}, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undone' }] }),
        {
          List: () => ({ items: [1, 2] }),
          Work: (payload) => {
            names.add(Object(payload).operation);
          },
          Done: () => {},
          Undone: () => {},
        },
      );
      const operationId = sampleId();
      await engine.start('backup', { operationId, fence: 1 });
      await ended(engine, operationId);
      expect([...names]).toEqual([operationId]);
    });

    test('once an item of a Map has failed, starts no other and goes on at its Catch', async () => {
      const started: number[] = [];
      const status = await run(
        mapDefinition({}, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undone' }] }),
        {
          List: () => ({ items: Array.from({ length: 40 }, (_, i) => i) }),
          Work: async (payload, signal) => {
            started.push(itemOf(payload));
            if (itemOf(payload) !== 1) return untilAborted(signal);
            await eventually('three run', () => (started.length === 3 ? true : undefined));
            throw named('HoldfastError', 'no');
          },
          Done: () => {
            throw named('HoldfastError', 'came to Done');
          },
          Undone: () => {},
        },
      );
      expect(status).toBe('SUCCEEDED');
      expect(started.sort()).toEqual([0, 1, 2]);
    });

    test('retries an item of a Map alone', async () => {
      const attempts = new Map<number, number>();
      const Retry = [
        { ErrorEquals: ['RetryableError'], IntervalSeconds: 1, MaxAttempts: 1, JitterStrategy: 'FULL' },
      ];
      const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undone' }];
      const status = await run(mapDefinition({ Retry }, { Catch }), {
        List: () => ({ items: [0, 1, 2] }),
        Work: (payload) => {
          const attempt = (attempts.get(itemOf(payload)) ?? 0) + 1;
          attempts.set(itemOf(payload), attempt);
          if (itemOf(payload) === 1 && attempt === 1) throw named('RetryableError', 'once');
        },
        Done: () => {},
        Undone: () => {
          throw named('HoldfastError', 'came to Undone');
        },
      });
      expect(status).toBe('SUCCEEDED');
      expect([0, 1, 2].map((item) => attempts.get(item))).toEqual([1, 2, 1]);
    });

    test('ends a task at its TimeoutSeconds with States.Timeout', async () => {
      const caught: unknown[] = [];
      const Catch = [
        { ErrorEquals: ['States.TaskFailed'], Next: 'Wrong' },
        { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Tell' },
      ];
      const definition = {
        StartAt: 'Slow',
        States: {
          Slow: task('Slow', { TimeoutSeconds: 1, Catch, End: true }),
          Wrong: { Type: 'Fail' },
          Tell: task('Tell', { End: true }),
        },
      };
      const status = await run(definition, {
        Slow: (_, signal) => untilAborted(signal),
        Tell: (payload) => {
          caught.push(Object(payload).error.Error);
        },
      });
      expect([status, caught]).toEqual(['SUCCEEDED', ['States.Timeout']]);
    });

    test('ends an execution at its TimeoutSeconds, past any Catch', async () => {
      let caught = 0;
      const definition = {
        TimeoutSeconds: 1,
        StartAt: 'Slow',
        States: {
          Slow: task('Slow', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell' }], End: true }),
          Tell: task('Tell', { End: true }),
        },
      };
      const functions: TaskFunctions = {
        Slow: (_, signal) => untilAborted(signal),
        Tell: () => {
          caught++;
        },
      };
      expect([await run(definition, functions), caught]).toEqual(['TIMED_OUT', 0]);
    });

    test('stops an execution within seconds, past any Retry and Catch; nothing of it starts any more [B9]', async () => {
      const started: string[] = [];
      const Retry = [
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 5, JitterStrategy: 'FULL' },
      ];
      const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undone' }];
      const definition = mapDefinition({ Retry, Catch: undefined }, { Catch });
      const engine = await opened(JSON.parse(JSON.stringify(definition)), {
        List: () => ({ items: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }),
        Work: async (payload, signal) => {
          started.push(`work ${itemOf(payload)}`);
          await untilAborted(signal);
        },
        Done: () => {
          started.push('done');
        },
        Undone: () => {
          started.push('undone');
        },
      });
      const operationId = sampleId();
      await engine.start('backup', { operationId, fence: 1 });
      await eventually('three run', () => (started.length === 3 ? true : undefined));
      expect(await engine.status(operationId)).toBe('RUNNING');
      const before = Date.now();
      await engine.stop(operationId, 'cancelled by a test');
      expect(Date.now() - before).toBeLessThan(5_000);
      expect(await engine.status(operationId)).toBe('ABORTED');
      await engine.stop(operationId, 'again');
      expect(started.sort()).toEqual(['work 0', 'work 1', 'work 2']);
    });

    test('leaves an ended execution ended when it is stopped', async () => {
      const engine = await opened(
        { StartAt: 'One', States: { One: task('One', { End: true }) } },
        { One: () => 1 },
      );
      const operationId = sampleId();
      await engine.start('backup', { operationId, fence: 1 });
      expect(await ended(engine, operationId)).toBe('SUCCEEDED');
      await engine.stop(operationId, 'too late');
      expect(await engine.status(operationId)).toBe('SUCCEEDED');
    });

    test('fails, past any Catch, when a task returns more than 256 KiB', async () => {
      const definition = {
        StartAt: 'Big',
        States: {
          Big: task('Big', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell' }], End: true }),
          Tell: { Type: 'Succeed' },
        },
      };
      expect(await run(definition, { Big: () => 'x'.repeat(262_143) })).toBe('FAILED');
      expect(await run(definition, { Big: () => 'x'.repeat(262_000) })).toBe('SUCCEEDED');
    });
  });
};
