/** Random requests, made from nothing but an OpenAPI document: what it allows, and what it does not. */
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
 * Values that a test knows better than the document: of a schema, `Schema.field`, `query name` (or path, or header), or of
 * a parameter of one path alone, `/v1/path name`.
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

  /** Method, path and what the document says of it, for each operation. */
  get operations(): { method: string; path: string; operation: Json }[] {
    return Object.entries<Json>(this.#api.document.paths).flatMap(([path, item]) =>
      Object.entries<Json>(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
  }

  /** What the document allows. */
  valid(method: string, path: string, operation: Json): fc.Arbitrary<FuzzedRequest> {
    return this.#parts(path, operation).map((parts) => this.#request(method, path, operation, parts));
  }

  /** What the document does not allow: one thing of a valid request is another; undefined where nothing can be. */
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

  /** Whatever the body and its headers say: not what the document speaks of, and still to be answered by it. */
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

  /** Values of a schema. */
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
      // An own field of this name is what an object literal never has.
      const plain = keys.filter((key: string) => key !== '__proto__');
      return fc.dictionary(plain, this.#valueOf(additionalProperties), { maxKeys: 2 });
    }
    const fields = Object.entries<Json>(properties).map(
      ([key, of]) => [key, this.#known[`${name}.${key}`] ?? this.#valueOf(of)] as const,
    );
    // A field in three, so that rules between fields leave most requests alone.
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
  // What a pattern leaves open to all characters is drawn from them; what it spells out is made by it.
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

/** A value in which one thing is another: a field more, a field less, or another value in one place. */
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
