/**
 * Preloaded into a test's server (`NODE_OPTIONS=--import`). HOLDFAST_TEST_HOLD names a folder. While the
 * folder contains a file with the name of a state, such as `RestoreComponent`, each call of that state waits,
 * and writes a second file, `RestoreComponent.waits`, to show this. A test can thus change something between
 * two steps.
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
