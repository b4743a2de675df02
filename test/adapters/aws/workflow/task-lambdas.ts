/**
 * Makes a contract's functions available as Lambda functions on an emulator: each calls back into the test
 * process, which answers with what the function returns or throws.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { CreateFunctionCommand, DeleteFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { TaskFunctions } from '../../../contract/workflow-engine.ts';

export interface TaskLambdas {
  /** The ARNs, by function name. */
  readonly arns: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * A custom runtime on Lambda's runtime API (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). With
 * Node's own runtime, MiniStack 1.5.33 reports every error as Runtime.HandlerError (services/lambda_svc.py,
 * _execute_function_warm).
 */
const bootstrap = `#!/usr/bin/env node
const invocations = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
const post = (url, body) => fetch(url, { method: 'POST', body });
const serve = async () => {
  for (;;) {
    const next = await fetch(invocations + 'next');
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const { thrown, returned = null } = await (await post(process.env.TASK_URL, await next.text())).json();
    if (thrown === undefined) await post(invocations + id + '/response', JSON.stringify(returned));
    else
      await post(
        invocations + id + '/error',
        JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message }),
      );
  }
};
serve();
`;

/** The caller closes it; closing also tells running functions to stop. */
export const openTaskLambdas = async (
  client: LambdaClient,
  functions: TaskFunctions,
): Promise<TaskLambdas> => {
  const closing = new AbortController();
  const answer = async (request: IncomingMessage): Promise<object> => {
    try {
      const work = functions[request.url?.slice(1) ?? ''];
      return { returned: await work?.(await json(request), closing.signal) };
    } catch (thrown) {
      const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      return { thrown: { name, message } };
    }
  };
  const server = createServer(async (request, response) => {
    response.end(JSON.stringify(await answer(request)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const made = await Promise.all(
    Object.keys(functions).map(async (name): Promise<[string, string]> => {
      const { FunctionArn = '' } = await client.send(
        new CreateFunctionCommand({
          FunctionName: `${name}-${randomUUID()}`,
          Runtime: 'provided.al2023',
          Handler: 'none',
          Role: 'arn:aws:iam::000000000000:role/test',
          Timeout: 60,
          Code: { ZipFile: zipOf('bootstrap', Buffer.from(bootstrap)) },
          Environment: { Variables: { TASK_URL: `http://127.0.0.1:${address.port}/${name}` } },
        }),
      );
      return [name, FunctionArn];
    }),
  );
  return {
    arns: new Map(made),
    close: async () => {
      closing.abort();
      for (const [, FunctionName] of made) await client.send(new DeleteFunctionCommand({ FunctionName }));
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** A zip with one stored executable file: APPNOTE.TXT of PKWARE, 4.3.7, 4.3.12 and 4.3.16. */
const zipOf = (name: string, content: Buffer): Buffer => {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(content.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), content]);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE((0o100755 << 16) >>> 0, 6);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), facts, attributes, Buffer.from(name)]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
};
