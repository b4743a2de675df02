/**
 * The part of the Amazon States Language that the local interpreter runs as Step Functions does. The interpreter
 * silently ignores fields that it does not know, so a definition may only contain what is listed here.
 */
const flow = ['Type', 'Comment', 'Next', 'End'];
const paths = ['InputPath', 'OutputPath'];
const result = ['ResultSelector', 'ResultPath'];
const failure = ['Retry', 'Catch'];

export const stateFields: Readonly<Record<string, readonly string[]>> = {
  Task: [...flow, ...paths, ...result, ...failure, 'Resource', 'Parameters', 'TimeoutSeconds'],
  Map: [
    ...flow,
    ...paths,
    ...result,
    ...failure,
    'ItemsPath',
    'ItemSelector',
    'MaxConcurrency',
    'ItemProcessor',
    'Label',
  ],
  Parallel: [...flow, ...paths, ...result, ...failure, 'Parameters', 'Branches'],
  Pass: [...flow, ...paths, 'Parameters', 'Result', 'ResultPath'],
  Wait: [...flow, ...paths, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Type', 'Comment', ...paths, 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', ...paths],
  Fail: ['Type', 'Comment', 'Error', 'Cause'],
};

const machineFields = ['Comment', 'StartAt', 'States'];
/** The fields of objects that are not states, by their place. */
export const otherFields = {
  definition: [...machineFields, 'TimeoutSeconds', 'Version'],
  branch: machineFields,
  itemProcessor: [...machineFields, 'ProcessorConfig'],
  processorConfig: ['Mode', 'ExecutionType'],
  retrier: [
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
  ],
  catcher: ['ErrorEquals', 'ResultPath', 'Next', 'Comment'],
} as const satisfies Record<string, readonly string[]>;

/** Where a state is: the context object differs inside Maps, and in the child executions of a distributed Map. */
export type Surroundings = 'root' | 'inline' | 'distributed';

const name = '(?![A-Za-z])';
const contextPaths: Readonly<Record<Surroundings, RegExp>> = {
  root: new RegExp(`^\\$\\$\\.(Execution\\.(Id|Name|StartTime|Input)|StateMachine\\.Name)${name}`),
  // Inside a Map, the interpreter gives the item as the execution's input, and the item's start as the execution's.
  inline: new RegExp(`^\\$\\$\\.(Execution\\.(Id|Name)|StateMachine\\.Name)${name}`),
  distributed: new RegExp(`^\\$\\$\\.StateMachine\\.Name${name}`),
};
const itemPath = new RegExp(`^\\$\\$\\.Map\\.Item\\.(Index|Value)${name}`);

/** The fault of a text: JSONata, or a path of the context object that differs between here and AWS. */
export const textProblems = (text: string, where: Surroundings, inMap: boolean): string[] => {
  const problems = text.includes('{%')
    ? [`${text} is JSONata, which the local interpreter does not support`]
    : [];
  for (const [path] of text.matchAll(/\$\$[^\s,)]*/g))
    if (!contextPaths[where].test(path) && !(inMap && itemPath.test(path)))
      problems.push(
        `${path} of the context object differs between here and AWS: pass the value in the state`,
      );
  return problems;
};
