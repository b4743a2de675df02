/** Checks answers against the OpenAPI document of the server that gave them. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

// biome-ignore lint/suspicious/noExplicitAny: tests read any field of a JSON document
export type Json = any;

export interface JudgedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Headers of HTTP itself, and headers that every answer has; the document names these once for all routes.
 */
const OF_EVERY_ANSWER = new Set([
  ...['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive'],
  ...['transfer-encoding', 'x-content-type-options'],
]);
export interface FoundOperation {
  readonly path: string;
  /** The document's entry for the path, with its methods. */
  readonly item: Json;
}

/** Finds the documented path that a request path matches; a literal path wins over one with parameters. */
export const findPath = (document: Json, actual: string): FoundOperation | undefined => {
  const [bare = ''] = actual.split('?');
  const found = Object.keys(document.paths)
    .filter((path) => new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(bare))
    .sort((a, b) => a.split('{').length - b.split('{').length);
  return found[0] === undefined ? undefined : { path: found[0], item: document.paths[found[0]] };
};

export class DocumentedApi {
  readonly document: Json;
  /** True on API Gateway and its stand-ins in tests, which add headers of their own. */
  readonly #isGateway: boolean;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: Json) {
    this.document = document;
    this.#isGateway = document.components.schemas.GatewayRefusal !== undefined;
    // Node shows the default export of a CommonJS module in this form.
    (ajvFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema(document, 'document');
  }

  /**
   * What the answer has that the document does not describe; undefined when the document describes all of it.
   */
  fault(method: string, path: string, answer: JudgedAnswer): string | undefined {
    const found = findPath(this.document, path);
    const operation = found?.item[method === 'HEAD' ? 'get' : method.toLowerCase()];
    const fault =
      operation === undefined
        ? this.#faultOfNoOperation(found !== undefined, answer)
        : this.#faultOfOperation(operation, method === 'HEAD', answer);
    return fault === undefined ? undefined : `${method} ${path.slice(0, 200)}: ${fault}`;
  }

  /** How a value violates a schema of the document. */
  invalid(schema: Json, value: unknown): string | undefined {
    const validate = this.#validatorOf(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'));
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  #validatorOf(text: string): ValidateFunction {
    const made = this.#validators.get(text) ?? this.#ajv.compile(JSON.parse(text));
    this.#validators.set(text, made);
    return made;
  }

  #faultOfNoOperation(isPath: boolean, { status, headers, text }: JudgedAnswer) {
    if (isPath && status === 405) return headers.has('allow') ? undefined : '405 has no header Allow';
    if ([400, 401, 403, 404, 413].includes(status)) return undefined;
    return `the document has no such operation, and the answer is ${status}: ${text.slice(0, 200)}`;
  }

  #faultOfOperation(operation: Json, isHead: boolean, { status, headers, text }: JudgedAnswer) {
    const response = operation.responses[String(status)];
    if (response === undefined) return `the status ${status} is not documented: ${text.slice(0, 300)}`;
    for (const name of this.#isGateway ? [] : headers.keys()) {
      const isNamed = Object.keys(response.headers ?? {}).some((one) => one.toLowerCase() === name);
      if (!isNamed && !OF_EVERY_ANSWER.has(name))
        return `the header ${name} of status ${status} is not documented`;
    }
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    const content = response.content?.[type];
    // The gateway's stand-in adds a content type to an answer without a body.
    const isTyped = type !== '' && !this.#isGateway;
    if (response.content === undefined && text === '' && !isTyped) return undefined;
    if (content === undefined) return `the content type "${type}" of status ${status} is not documented`;
    if (isHead || !type.endsWith('json')) return undefined;
    const body: Json = JSON.parse(text);
    if (type === 'application/problem+json' && !(body.code in content.examples))
      return `the code ${body.code} of status ${status} is not documented: ${body.detail}`;
    const invalid = this.invalid(content.schema, body);
    return invalid === undefined ? undefined : `the body of status ${status} is another: ${invalid}`;
  }
}
