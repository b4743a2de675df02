/**
 * Preloaded into a test's server (`NODE_OPTIONS=--import`): writes every input of a state machine, and
 * everything that its states pass on, to the file that HOLDFAST_TEST_RECORD names.
 */
import { appendFileSync } from 'node:fs';
import { loadInterpreter } from '../../lib/runtimes/server/workflow/interpreter.ts';

const file = process.env.HOLDFAST_TEST_RECORD;

if (file !== undefined) {
  const record = (what: string, value: unknown): void =>
    appendFileSync(file, `${JSON.stringify({ what, value })}\n`);
  const { StateMachine } = await loadInterpreter();
  const { run } = StateMachine.prototype;
  StateMachine.prototype.run = function (input, options) {
    record('input', input);
    const handlers = options?.overrides?.taskResourceLocalHandlers ?? {};
    for (const [state, handler] of Object.entries(handlers))
      handlers[state] = async (...payload) => {
        record(`payload of ${state}`, payload);
        const result = await handler(...payload);
        record(`result of ${state}`, result);
        return result;
      };
    return run.call(this, input, options);
  };
}
