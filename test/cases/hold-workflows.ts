/**
 * Loaded before the server of a test (`NODE_OPTIONS=--import`): each call of a state that HOLDFAST_TEST_HOLD names
 * (`RestoreComponent` in the folder `/x`: `/x/RestoreComponent`) waits, as long as that file is there, and says so by
 * another one beside it, `.waits`. So a test can change the world between two steps.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { loadInterpreter } from '../../lib/runtimes/server/workflow/interpreter.ts';

const folder = process.env.HOLDFAST_TEST_HOLD;

if (folder !== undefined) {
  const { StateMachine } = await loadInterpreter();
  const { run } = StateMachine.prototype;
  StateMachine.prototype.run = function (input, options) {
    const handlers = options?.overrides?.taskResourceLocalHandlers ?? {};
    for (const [state, handler] of Object.entries(handlers))
      handlers[state] = async (...payload) => {
        const held = `${folder}/${state}`;
        while (existsSync(held)) {
          writeFileSync(`${held}.waits`, '');
          await pause(10);
        }
        return handler(...payload);
      };
    return run.call(this, input, options);
  };
}
