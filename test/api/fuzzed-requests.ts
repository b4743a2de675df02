/** Random valid and invalid requests, made only from an OpenAPI document. */
import fc from 'fast-check';
import type { DocumentedApi, Json } from '../acceptance/documented.ts';

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

type Chosen = Readonly<Record<string, Json>>;

/**
 * Values that a test supplies in place of those from the document. The key is a schema, `Schema.field`,
 * `query name` (or path, or header), or `/v1/path name` for a parameter of one path.
 */
export type Known = Readonly<Record<string, fc.Arbitrary<Json>>>;

const LONGEST = 40;

const resolve = (document: Json, reference: string): Json =>
  reference
    .slice(2)
    .split('/')
    .reduce((value, key) => value[key], document);

export class RequestFuzzer {
  readonly #api: DocumentedApi;
  readonly #known: Known;

  constructor(api: DocumentedApi, known: Known) {
    this.#api = api;
    this.#known = known;
  }

  /** The method, the path and the documented operation, for each operation. */
  get operations(): { method: string; path: string; operation: Json }[] {
    return Object.entries<Json>(this.#api.document.paths).flatMap(([path, item]) =>
      Object.entries<Json>(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
  }

  /** A request that the document allows. */
  valid(method: string, path: string, operation: Json): fc.Arbitrary<FuzzedRequest> {
    return this.#parts(path, operation).map((parts) => this.#request(method, path, operation, parts));
  }

  /** A valid request with one part made invalid; undefined when no part can be made invalid. */
  invalid(method: string, path: string, operation: Json): fc.Arbitrary<FuzzedRequest> | undefined {
    const schema = operation.requestBody?.content['application/json']?.schema;
    const bodies =
      schema === undefined
        ? []
        : [
            fc
              .tuple(
                this.#parts(path, operation),
                this.#valueOf(schema).chain((value) => broken(value)),
              )
              .filter(([, body]) => this.#api.invalid(schema, body) !== undefined)
              .map(([parts, body]) => this.#request(method, path, operation, { ...parts, body })),
          ];
    const limits = operation.parameters.filter(({ name }: Json) => name === 'limit');
    const queries = limits.map(() =>
      fc
        .tuple(this.#parts(path, operation), fc.constantFrom('-1', '1001', 'x', '1.5', '', ' 1', '1e3'))
        .map(([parts, limit]) => this.#request(method, path, operation, { ...parts, 'query limit': limit })),
    );
    const all = [...bodies, ...queries];
    return all.length === 0 ? undefined : fc.oneof<fc.Arbitrary<FuzzedRequest>[]>(...all);
  }

  /**
   * A request with an arbitrary body and headers. The document does not allow it, but must describe the
   * answer.
   */
  garbage(method: string, path: string, operation: Json): fc.Arbitrary<FuzzedRequest> {
    const types = [
      'application/json',
      'application/json; charset=latin1',
      'text/plain',
      'multipart/form-data',
      '',
    ];
    const bodies = fc.oneof(
      fc.constantFrom('{', '[]', 'null', '""', '{"a":1,"a":2}', '{"__proto__":{}}', '\ufeff{}', '{"a":NaN}'),
      fc.constantFrom('['.repeat(100_000), '{"a":'.repeat(5_000), `${'['.repeat(500)}${']'.repeat(500)}`),
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => new Uint8Array(bytes)),
      fc.json({ maxDepth: 3 }),
    );
    return fc
      .tuple(this.#parts(path, operation), bodies, fc.constantFrom(...types))
      .map(([parts, body, type]) => {
        const request = this.#request(method, path, operation, parts);
        const isBare = method === 'GET';
        return {
          ...request,
          headers: { ...request.headers, ...(type !== '' && { 'content-type': type }) },
          body: isBare ? undefined : body,
        };
      });
  }

  #parts(path: string, operation: Json): fc.Arbitrary<Chosen> {
    const parts: Record<string, fc.Arbitrary<Json>> = {};
    const required: string[] = [];
    for (const { name, in: where, schema, required: isRequired } of operation.parameters) {
      parts[`${where} ${name}`] =
        this.#known[`${path} ${name}`] ?? this.#known[`${where} ${name}`] ?? this.#valueOf(schema);
      if (isRequired) required.push(`${where} ${name}`);
    }
    const content = operation.requestBody?.content;
    if (content !== undefined) {
      const json = content['application/json'];
      parts.body = json === undefined ? bytes : this.#valueOf(json.schema);
      if (operation.requestBody.required) required.push('body');
    }
    return fc.record(parts, { requiredKeys: required }) as fc.Arbitrary<Chosen>;
  }

  #request(method: string, path: string, { operationId }: Json, chosen: Chosen): FuzzedRequest {
    const of = (where: string) =>
      Object.entries(chosen).flatMap(([key, value]) =>
        key.startsWith(`${where} `) ? [[key.slice(where.length + 1), String(value)] as const] : [],
      );
    const filled = of('path').reduce(
      (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)),
      path,
    );
    const query = new URLSearchParams(Object.fromEntries(of('query'))).toString();
    const { body } = chosen;
    const isBytes = body instanceof Uint8Array;
    return {
      method,
      path: query === '' ? filled : `${filled}?${query}`,
      headers: {
        ...Object.fromEntries(of('header')),
        ...(body !== undefined && {
          'content-type': operationId === 'putPart' ? 'application/octet-stream' : 'application/json',
        }),
      },
      body: body === undefined || isBytes ? (body as undefined) : JSON.stringify(body),
    };
  }

  /** A random value of a schema. */
  #valueOf(schema: Json, name = ''): fc.Arbitrary<Json> {
    const known = this.#known[name];
    if (known !== undefined) return known;
    if (schema.$ref !== undefined) {
      const [called = ''] = schema.$ref.split('/').slice(-1);
      return this.#valueOf(resolve(this.#api.document, schema.$ref), called);
    }
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one: Json) => this.#valueOf(one)));
    switch (schema.type) {
      case 'string':
        return textOf(schema);
      case 'integer':
        return fc.integer({ min: schema.minimum, max: Math.min(schema.maximum, Number.MAX_SAFE_INTEGER) });
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(this.#valueOf(schema.items), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.max(schema.minItems ?? 0, 3),
        });
      case 'object':
        return this.#objectOf(schema, name);
      case undefined:
        return fc.jsonValue({ maxDepth: 2 });
      default:
        throw new RangeError(`no values are made of ${JSON.stringify(schema)}`);
    }
  }

  #objectOf(schema: Json, name: string): fc.Arbitrary<Json> {
    const { properties, required = [], additionalProperties, propertyNames } = schema;
    if (properties === undefined) {
      const keys = propertyNames === undefined ? fc.string({ maxLength: 8 }) : this.#valueOf(propertyNames);
      // An object literal cannot have an own field with this name.
      const plain = keys.filter((key: string) => key !== '__proto__');
      return fc.dictionary(plain, this.#valueOf(additionalProperties), { maxKeys: 2 });
    }
    const fields = Object.entries<Json>(properties).map(
      ([key, of]) => [key, this.#known[`${name}.${key}`] ?? this.#valueOf(of)] as const,
    );
    // Includes one optional field in three, so that most requests satisfy rules between fields.
    const chosen = fields.map(([key, value]) => {
      const isRequired = required.includes(key);
      return fc
        .tuple(fc.nat({ max: 2 }), value)
        .map(([draw, drawn]) => (isRequired || draw === 0 ? [[key, drawn]] : []));
    });
    return fc.tuple(...chosen).map((entries) => Object.fromEntries(entries.flat()));
  }
}

const bytes: fc.Arbitrary<Json> = fc
  .uint8Array({ minLength: 1, maxLength: 64 })
  .map((some) => new Uint8Array(some));

const textOf = ({
  pattern,
  minLength = 0,
  maxLength = Number.POSITIVE_INFINITY,
  format,
}: Json): fc.Arbitrary<string> => {
  // RFC 3339 has years of four digits.
  if (format === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((date) => date.toISOString());
  const bounds = { minLength, maxLength: Math.min(maxLength, Math.max(minLength, LONGEST)) };
  if (pattern === undefined) return fc.oneof(fc.string(bounds), fc.string({ ...bounds, unit: 'grapheme' }));
  const rule = new RegExp(pattern, 'u');
  // A pattern with a negated character class is drawn from all characters and filtered; any other pattern
  // generates its own texts.
  return pattern.includes('[^')
    ? fc.string({ ...bounds, minLength: Math.max(minLength, 1) }).filter((text) => rule.test(text))
    : fc
        .stringMatching(new RegExp(pattern))
        .filter((text) => text.length >= minLength && text.length <= maxLength);
};

const strangers: readonly Json[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'x'.repeat(5000),
  [],
  [null],
  {},
  { a: 1 },
];

/** Changes one thing in a value: adds a field, removes a field, or replaces a value. */
const broken = (value: Json): fc.Arbitrary<Json> => {
  const stranger = fc.constantFrom(...strangers);
  if (typeof value !== 'object' || value === null) return stranger;
  const keys = Object.keys(value);
  const within = keys.map((key) =>
    fc
      .oneof(stranger, broken(value[key]))
      .map((other) => (Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other })),
  );
  const without = keys.map((key) =>
    fc.constant(Object.fromEntries(Object.entries(value).filter(([one]) => one !== key))),
  );
  return fc.oneof(stranger, fc.constant({ ...value, colour: 'red' }), ...within, ...without);
};
