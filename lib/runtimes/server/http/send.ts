import type { ServerResponse } from 'node:http';
import type { HttpAnswer } from '../../lambda/http-answer.ts';

export const send = (response: ServerResponse, { statusCode, headers, body }: HttpAnswer): void => {
  response.writeHead(statusCode, headers).end(body);
};
