/**
 * How a handler of lambdas/ learns where it runs: from the context on the embedded host, from the environment on AWS.
 */
import type { Context } from 'aws-lambda';
import type { Host } from '../../ports/host.ts';

export interface Invocation {
  readonly host: Host;
  /** Raised when the execution of this call is stopped. On Lambda nothing raises it: a function is not notified. */
  readonly signal: AbortSignal;
  remainingMilliseconds(): number;
}

const hostKey = Symbol('holdfast host');
const signalKey = Symbol('holdfast signal');
/** A Lambda context that carries its host. */
export type HostedContext = Context & { [hostKey]?: Host; [signalKey]?: AbortSignal };

export interface LocalCall {
  host: Host;
  functionName: string;
  requestId: string;
  signal: AbortSignal;
  deadline: Date;
}

/** The context with which the embedded host calls a handler. */
export const localContext = ({
  host,
  functionName,
  requestId,
  signal,
  deadline,
}: LocalCall): HostedContext => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: `local:${functionName}`,
  memoryLimitInMB: '0',
  awsRequestId: requestId,
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => deadline.getTime() - host.clock.now().getTime(),
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
  [hostKey]: host,
  [signalKey]: signal,
});

const never = new AbortController().signal;

/** @throws when called by anything but the embedded host or a configured Lambda. */
export const invocationOf = async (context: HostedContext): Promise<Invocation> => ({
  host: context[hostKey] ?? (await hostOfLambda()),
  signal: context[signalKey] ?? never,
  remainingMilliseconds: () => context.getRemainingTimeInMillis(),
});

/** The host of this Lambda's environment, kept as long as that lives. After a failure, the next call tries again. */
let lambdaHost: Promise<Host> | undefined;

const hostOfLambda = (): Promise<Host> => {
  lambdaHost ??= import('../../adapters/aws/aws-host.ts')
    .then(({ createAwsHost }) => createAwsHost(process.env))
    .catch((thrown: unknown) => {
      lambdaHost = undefined;
      throw thrown;
    });
  return lambdaHost;
};
