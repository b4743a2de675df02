import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { operationKinds } from '../../../lib/model/records/operation.ts';
import {
  type ExecutionEnd,
  LocalWorkflowEngine,
  type TaskContext,
} from '../../../lib/runtimes/server/workflow/local-workflow-engine.ts';
import { eventually } from '../../contract/eventually.ts';
import {
  describeWorkflowEngine,
  named,
  type TaskFunctions,
  task,
  untilAborted,
} from '../../contract/workflow-engine.ts';

const openEngine = (definition: object, functions: TaskFunctions) => {
  const ends: ExecutionEnd[] = [];
  const calls: TaskContext[] = [];
  const machine = JSON.parse(JSON.stringify(definition));
  const engine = new LocalWorkflowEngine({
    definitions: new Map(operationKinds.map((kind) => [kind, machine])),
    log: new JsonLogger({ write: () => {} }),
    onEnd: (end) => ends.push(end),
    invoke: async (resource, payload, context) => {
      calls.push(context);
      const name = /^\$\{(\w+)FunctionArn\}$/.exec(resource)?.[1] ?? '';
      return functions[name]?.(payload, context.signal);
    },
  });
  return { engine, ends, calls };
};

describeWorkflowEngine('local', async (definition, functions) => {
  const { engine } = openEngine(definition, functions);
  return { engine, close: () => engine.close() };
});

describe('the local engine', () => {
  const one = { StartAt: 'One', States: { One: task('One', { TimeoutSeconds: 1, End: true }) } };
  const start = { operationId: 'op', fence: 1 };

  test('tells each end once, after the tasks have settled', async () => {
    let settled = false;
    const { engine, ends, calls } = openEngine(one, {
      One: async (_, signal) => {
        await untilAborted(signal).catch(() => {});
        await pause(30);
        settled = true;
      },
    });
    await engine.start('restore', start);
    await eventually('it runs', () => calls[0]);
    await engine.stop('op', 'test');
    expect(settled).toBe(true);
    expect(await eventually('told', () => ends[0])).toEqual({
      operationId: 'op',
      machine: 'restore',
      status: 'ABORTED',
    });
    await engine.stop('op', 'test');
    expect(ends).toHaveLength(1);
  });

  test('tells a task its deadline, and by the signal that it has passed', async () => {
    let reason: unknown;
    let calledAt = 0;
    const { engine, calls } = openEngine(one, {
      One: async (_, signal) => {
        calledAt = Date.now();
        await untilAborted(signal).catch(() => {});
        reason = signal.reason;
      },
    });
    const before = Date.now();
    await engine.start('backup', start);
    await eventually('timed out', async () => ((await engine.status('op')) === 'FAILED' ? true : undefined));
    expect(calls[0]).toMatchObject({ operationId: 'op', state: 'One' });
    const deadline = calls[0]?.deadline.getTime() ?? 0;
    expect(deadline).toBeGreaterThanOrEqual(before + 1000);
    expect(deadline).toBeLessThanOrEqual(calledAt + 1000);
    expect(String(reason)).toContain('One ran longer than its 1 s');
  });

  test('lets what a failed Map left behind end before the next task starts', async () => {
    const order: string[] = [];
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemProcessor: { StartAt: 'Work', States: { Work: task('Work', { End: true }) } },
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'CleanUp' }],
          End: true,
        },
        CleanUp: task('CleanUp', { End: true }),
      },
    };
    const withList = {
      StartAt: 'List',
      States: { List: task('List', { Next: 'Each' }), ...definition.States },
    };
    const { engine, calls } = openEngine(withList, {
      List: () => ({ items: [0, 1] }),
      Work: async (item, signal) => {
        if (item === 0) {
          await eventually('both run', () => calls[2]);
          throw named('HoldfastError', 'no');
        }
        await untilAborted(signal).catch(() => {});
        await pause(30);
        order.push('work ended');
      },
      CleanUp: () => {
        order.push('clean-up');
      },
    });
    await engine.start('backup', start);
    await eventually('ended', async () => ((await engine.status('op')) === 'SUCCEEDED' ? true : undefined));
    expect(order).toEqual(['work ended', 'clean-up']);
  });

  test('stops everything when it is closed', async () => {
    const { engine, ends } = openEngine(one, { One: (_, signal) => untilAborted(signal) });
    await engine.start('backup', { operationId: 'a', fence: 1 });
    await engine.start('backup', { operationId: 'b', fence: 2 });
    await engine.close();
    expect(await engine.status('a')).toBe('ABORTED');
    expect(await engine.status('b')).toBe('ABORTED');
    await eventually('both told', () => (ends.length === 2 ? true : undefined));
  });

  test('refuses two states of one name, also when one is inside a Map', () => {
    const Each = { Type: 'Map', ItemProcessor: one, End: true };
    expect(() =>
      openEngine({ StartAt: 'One', States: { One: task('One', { Next: 'Each' }), Each } }, {}),
    ).toThrow(/two states are named One/);
  });
});
