import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { consoleAnswer } from '../../lib/runtimes/lambda/console-answer.ts';
import { consoleFiles } from '../../lib/runtimes/lambda/console-files.ts';

/** Sends the files of the page. It reads nothing else, and has no right to. */
export const handler = async ({
  rawPath,
  requestContext,
}: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { body, ...head } = consoleAnswer(await consoleFiles(), rawPath);
  return requestContext.http.method === 'HEAD' || body === undefined ? head : { ...head, body };
};
