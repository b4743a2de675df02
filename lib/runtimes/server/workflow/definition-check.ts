/**
 * Refuses definitions that the local interpreter would run differently from Step Functions, and Tasks without the
 * fields that we require of each. asl-validator checks syntax and reachability.
 */
import * as z from 'zod';
import { otherFields, type Surroundings, stateFields, textProblems } from './definition-fields.ts';
import { MAX_TIMEOUT_SECONDS } from './local-definition.ts';
import { innerMachines } from './map-scopes.ts';

const object = z.record(z.string(), z.unknown());
const objectOrEmpty = object.catch({});
const objects = z.array(object).catch([]);
type Fields = z.infer<typeof object>;

/** What encloses a state. */
interface Around {
  where: Surroundings;
  /** Whether an enclosing Map or Parallel has a Catch. */
  caught: boolean;
}

/**
 * The faults of a definition, a sentence each, with the state's name; empty when there is none.
 *
 * @param functions The functions a Resource may name: `Capture` for `${CaptureFunctionArn}`.
 */
export const definitionFindings = (definition: unknown, functions: ReadonlySet<string>): string[] => {
  const check = new DefinitionCheck(functions);
  const root = object.safeParse(definition);
  if (!root.success) return ['the definition is not an object'];
  check.fields('the definition', root.data, otherFields.definition);
  check.machine(root.data, { where: 'root', caught: false });
  return check.findings;
};

class DefinitionCheck {
  readonly findings: string[] = [];
  readonly #functions: ReadonlySet<string>;
  readonly #names = new Set<string>();

  constructor(functions: ReadonlySet<string>) {
    this.#functions = functions;
  }

  fields(where: string, fields: Fields, allowed: readonly string[]): void {
    for (const name of Object.keys(fields))
      if (!allowed.includes(name))
        this.#find(
          where,
          `the local interpreter does not support ${name}; here it supports ${allowed.join(', ')}`,
        );
  }

  machine(machine: Fields, around: Around): void {
    for (const [name, value] of Object.entries(objectOrEmpty.parse(machine.States))) {
      if (this.#names.has(name))
        this.#find(name, 'two states have this name: names must be unique, inside Maps too');
      this.#names.add(name);
      this.#state(name, objectOrEmpty.parse(value), around);
    }
  }

  #state(name: string, state: Fields, around: Around): void {
    const type = String(state.Type);
    const allowed = stateFields[type];
    if (!allowed) {
      this.#find(name, `there is no Type ${type}`);
      return;
    }
    this.fields(name, state, allowed);
    const { ItemProcessor: _, Branches: __, Comment: ___, ...own } = state;
    for (const text of textsIn(own))
      for (const problem of textProblems(text, around.where, type === 'Map')) this.#find(name, problem);
    this.#failureFields(name, state);
    const caught = around.caught || objects.parse(state.Catch).length > 0;
    if (type === 'Task') this.#task(name, state, caught);
    if (type === 'Map' || type === 'Parallel') this.#container(name, state, { ...around, caught });
  }

  #failureFields(name: string, state: Fields): void {
    for (const retrier of objects.parse(state.Retry)) {
      this.fields(`${name}.Retry`, retrier, otherFields.retrier);
      if (retrier.JitterStrategy !== 'FULL')
        this.#find(
          name,
          'a Retry needs JitterStrategy FULL: without it many tasks would retry at the same instant',
        );
    }
    for (const catcher of objects.parse(state.Catch))
      this.fields(`${name}.Catch`, catcher, otherFields.catcher);
  }

  #task(name: string, { Resource, TimeoutSeconds, Retry }: Fields, caught: boolean): void {
    const [, named = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(String(Resource)) ?? [];
    if (!this.#functions.has(named))
      this.#find(
        name,
        `its Resource ${String(Resource)} does not name a function of Holdfast, as \${CaptureFunctionArn} does`,
      );
    if (!z.number().int().min(1).max(MAX_TIMEOUT_SECONDS).safeParse(TimeoutSeconds).success)
      this.#find(name, `a Task needs TimeoutSeconds, 1 to ${MAX_TIMEOUT_SECONDS}`);
    if (objects.parse(Retry).length === 0) this.#find(name, 'a Task needs a Retry');
    if (!caught) this.#find(name, 'a Task needs a Catch, or a Map with a Catch around it');
  }

  #container(name: string, state: Fields, { where, caught }: Around): void {
    const type = String(state.Type);
    if (!caught) this.#find(name, `a ${type} needs a Catch`);
    const processor = objectOrEmpty.parse(state.ItemProcessor);
    const config = objectOrEmpty.parse(processor.ProcessorConfig);
    this.fields(`${name}.ItemProcessor.ProcessorConfig`, config, otherFields.processorConfig);
    if (config.ExecutionType === 'EXPRESS')
      this.#find(name, 'on AWS an EXPRESS child ends after five minutes, and here it does not: use STANDARD');
    const inside = config.Mode === 'DISTRIBUTED' || where === 'distributed' ? 'distributed' : 'inline';
    const allowed = type === 'Map' ? otherFields.itemProcessor : otherFields.branch;
    for (const inner of innerMachines(state)) {
      const machine = objectOrEmpty.parse(inner);
      this.fields(`${name}, inside`, machine, allowed);
      this.machine(machine, { where: inside, caught });
    }
  }

  #find(where: string, what: string): void {
    this.findings.push(`${where}: ${what}`);
  }
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};
