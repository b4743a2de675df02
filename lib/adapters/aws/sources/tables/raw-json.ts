/**
 * What DynamoDB answers, before the SDK makes objects of it: those lose an attribute named `__proto__`. `JSON.parse` and
 * `JSON.stringify` keep it. The checksum of an answer, at which the SDK does not look, is looked at here.
 */
import { crc32 } from 'node:zlib';

interface Command {
  readonly middlewareStack: {
    add(
      middleware: <A, R extends { response: unknown }>(
        next: (args: A) => Promise<R>,
      ) => (args: A) => Promise<R>,
      options: { readonly step: 'deserialize'; readonly priority: 'low' },
    ): void;
  };
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

const isAnswer = (response: unknown): response is Answer =>
  typeof response === 'object' && response !== null && 'statusCode' in response && 'body' in response;

/** What the SDK is given of an answer: of a good one nothing, of an error all but an item, at which it may stumble. */
const shownOf = ({ statusCode }: Answer, text: string): string => {
  if (statusCode < 300) return '{}';
  try {
    return JSON.stringify({ ...JSON.parse(text), Item: undefined });
  } catch {
    return text;
  }
};

/** A checksum of the bytes as they were sent: `x-amz-crc32`. */
const isDamaged = ({ headers }: Answer, bytes: Buffer): boolean => {
  const { 'x-amz-crc32': expected, 'content-encoding': encoding } = headers;
  return expected !== undefined && encoding === undefined && Number(expected) !== crc32(bytes);
};

/** The SDK sends the request again for it, and `isPassing` says that another try may do. */
const damaged = (): Error =>
  Object.assign(new Error('the answer arrived damaged'), {
    name: 'NetworkingError',
    $retryable: { throttling: false },
  });

/** The last answer to a command, as JSON; of an error, too. An empty object before there is one. */
export class RawJson {
  #text = '{}';

  /** The command itself. Its answer is empty: all there is stands in `value`. */
  of<C extends Command>(command: C): C {
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { response } = result;
        if (!isAnswer(response)) return result;
        const bytes = Buffer.concat(await Array.fromAsync(response.body));
        if (isDamaged(response, bytes)) throw damaged();
        this.#text = bytes.toString('utf8');
        const body = Buffer.from(shownOf(response, this.#text));
        return { ...result, response: Object.assign(response, { body }) };
      },
      { step: 'deserialize', priority: 'low' },
    );
    return command;
  }

  /** Undefined for what is no JSON. */
  get value(): unknown {
    try {
      return JSON.parse(this.#text);
    } catch {
      return undefined;
    }
  }
}
