/** The functions that workflows call, run in this process. */
import { stepHandlers } from '../../../../lambdas/step-handlers.ts';
import type { Host } from '../../../ports/host.ts';
import { type HostedContext, localContext } from '../../lambda/invocation.ts';
import type { InvokeTask } from './local-workflow-engine.ts';

type TaskFunction = (event: unknown, context: HostedContext) => Promise<unknown>;

const functions: Readonly<Record<string, TaskFunction>> = stepHandlers;

/** Calls the function that a Task's Resource names, with the host in its context. */
export const invokeFunctions =
  (host: () => Host): InvokeTask =>
  (resource, payload, { operationId, signal, deadline }) => {
    const [, name = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(resource) ?? [];
    const invoked = functions[name];
    if (invoked === undefined)
      throw new Error(`a state machine calls ${resource}, and there is no such function`);
    return invoked(
      payload,
      localContext({ host: host(), functionName: name, requestId: operationId, signal, deadline }),
    );
  };
