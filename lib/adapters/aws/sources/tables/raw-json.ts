/**
 * Keeps DynamoDB's answers as they are before the SDK makes objects of them: those lose an attribute named `__proto__`,
 * which `JSON.parse` and `JSON.stringify` keep. Also checks an answer's checksum, which the SDK does not.
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

/**
 * The part of an answer that the SDK gets: nothing of a good one, and an error without its item, which the SDK may fail
 * to read.
 */
const shownOf = ({ statusCode }: Answer, text: string): string => {
  if (statusCode < 300) return '{}';
  try {
    return JSON.stringify({ ...JSON.parse(text), Item: undefined });
  } catch {
    return text;
  }
};

/** Compares the bytes with their checksum as they were sent: `x-amz-crc32`. */
const isDamaged = ({ headers }: Answer, bytes: Buffer): boolean => {
  const { 'x-amz-crc32': expected, 'content-encoding': encoding } = headers;
  return expected !== undefined && encoding === undefined && Number(expected) !== crc32(bytes);
};

/** The error makes the SDK send the request again, and `isPassing` recognises it as temporary. */
const damaged = (): Error =>
  Object.assign(new Error('the answer arrived damaged'), {
    name: 'NetworkingError',
    $retryable: { throttling: false },
  });

/** The last answer to a command as JSON, also of an error. An empty object before the first answer. */
export class RawJson {
  #text = '{}';

  /** Returns the command itself. Its answer is empty: everything is in `value`. */
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

  /** Undefined for an answer that is no JSON. */
  get value(): unknown {
    try {
      return JSON.parse(this.#text);
    } catch {
      return undefined;
    }
  }
}
