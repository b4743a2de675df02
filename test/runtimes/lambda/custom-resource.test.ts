/** A function as a custom resource of a template: its answers to a stand-in for CloudFormation. */
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerCloudFormation } from '../../../lib/runtimes/lambda/custom-resource.ts';

describe('what CloudFormation is answered', () => {
  let server: Server;
  let answers: unknown[];
  /** The number of first answers that the stand-in refuses. */
  let refusals: number;
  const request = (changes: object = {}) => ({
    RequestType: 'Create',
    ResponseURL: `http://127.0.0.1:${Object(server.address()).port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Config',
    ResourceProperties: { Config: 'text' },
    ...changes,
  });

  beforeEach(async () => {
    [answers, refusals] = [[], 0];
    server = createServer(async (incoming, answer) => {
      const body = Buffer.concat(await incoming.toArray()).toString();
      answer.statusCode = refusals-- > 0 ? 503 : 200;
      if (answer.statusCode === 200)
        answers.push({ ...JSON.parse(body), type: incoming.headers['content-type'] });
      answer.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const named = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Config' };

  test('a success, with what others read, and without a content type, which the URL is signed for', async () => {
    await answerCloudFormation(
      request({ OldResourceProperties: { Config: 'earlier' } }),
      async (now, before) => ({
        Key: `${now.Config}, ${before?.Config}`,
      }),
    );
    expect(answers).toEqual([
      {
        ...named,
        PhysicalResourceId: 'Config',
        Status: 'SUCCESS',
        Data: { Key: 'text, earlier' },
        type: undefined,
      },
    ]);
  });

  test('a failure, with its sentence', async () => {
    await answerCloudFormation(
      request({ RequestType: 'Update', PhysicalResourceId: 'earlier' }),
      async () => {
        throw new Error(`no such thing ${'x'.repeat(5_000)}`);
      },
    );
    const Reason = expect.stringMatching(/^no such thing x{100}/);
    expect(answers).toMatchObject([{ ...named, PhysicalResourceId: 'earlier', Status: 'FAILED', Reason }]);
    expect(JSON.stringify(answers).length).toBeLessThan(4_096);
  });

  test('a deletion, which removes nothing', async () => {
    await answerCloudFormation(
      request({ RequestType: 'Delete', PhysicalResourceId: 'earlier' }),
      async () => {
        throw new Error('not to be called');
      },
    );
    expect(answers).toMatchObject([{ PhysicalResourceId: 'earlier', Status: 'SUCCESS' }]);
  });

  test('again, until it takes the answer', async () => {
    refusals = 2;
    await answerCloudFormation(request(), async () => ({ Key: 'a' }));
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });
});
