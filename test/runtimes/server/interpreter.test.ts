import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test('the interpreter runs in Node without an AWS SDK being loaded', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { loadInterpreter } = await import('./lib/runtimes/server/workflow/interpreter.ts');
    const { StateMachine } = await loadInterpreter();
    const One = { Type: 'Task', Resource: 'one', TimeoutSeconds: 5, End: true };
    const machine = new StateMachine({ StartAt: 'One', States: { One } }, { validationOptions: { noValidate: true } });
    const { result } = machine.run({}, { overrides: { taskResourceLocalHandlers: { One: () => 'ran' } } });
    console.log(await result, loaded.filter((url) => /node_modules\\/(@aws-sdk|@smithy|asl-validator)\\//.test(url)).length);`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(told.trim()).toBe('ran 0');
});
