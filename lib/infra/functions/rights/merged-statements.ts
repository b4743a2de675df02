/** Many components fit into the policies of one role: statements are merged, and ARNs are not taken for longer than they are. */
import { CfnElement, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { type ComponentSettings, sourceOf } from '../../../model/components/component-table.ts';

/** A policy of IAM has 6,144 characters: so much for the resources of a statement that two fit into one, whatever their actions. */
const STATEMENT_CHARACTERS = 2_750;

/**
 * Statements that allow the same actions on the same conditions as one, each resource named once: a policy has little
 * room, and the actions take most of it. CDK moves whole statements into further policies, so none may be too long.
 *
 * @param arnCharacters of the longest resource that a deployment makes, as `sizeArns` says it
 */
export const mergedStatements = (
  statements: readonly PolicyStatement[],
  arnCharacters: number,
): PolicyStatement[] => {
  const groups = new Map<string, { like: PolicyStatement; resources: Set<string> }>();
  for (const statement of statements) {
    const { actions, conditions, resources } = statement;
    const key = JSON.stringify([actions, conditions]);
    const group = groups.get(key) ?? { like: statement, resources: new Set() };
    groups.set(key, group);
    for (const resource of resources) group.resources.add(resource);
  }
  return [...groups.values()].flatMap(({ like, resources }) =>
    piecesOf([...resources], arnCharacters).map(
      (piece) =>
        new PolicyStatement({ actions: like.actions, resources: piece, conditions: like.conditions }),
    ),
  );
};

const piecesOf = (resources: readonly string[], arnCharacters: number): string[][] => {
  // With its quotes and a comma, where all of it is known.
  const lengths = resources.map((each) => (Token.isUnresolved(each) ? arnCharacters : each.length + 3));
  const size = Math.max(1, Math.floor(STATEMENT_CHARACTERS / Math.max(...lengths)));
  return Array.from({ length: Math.ceil(resources.length / size) }, (_, index) =>
    resources.slice(index * size, (index + 1) * size),
  );
};

/** What CDK takes for the length of an ARN that holds a token, as all of ours do; 150 unless a construct says otherwise. */
const ARN_SIZE_ESTIMATE = '@aws-cdk/aws-iam.arnSizeEstimate';
/** `arn:aws-us-gov:dynamodb:ap-northeast-1:123456789012:table/` and `/export/*`, with quotes and a comma. */
const AROUND_TABLE = 72;
/** `arn:aws-us-gov:s3:::` and a slash and a star, with quotes and a comma. */
const AROUND_BUCKET = 26;
/** The longest that the services allow: of a name of which nothing is known before the deployment. */
const [LONGEST_TABLE, LONGEST_BUCKET] = [255, 63];

/**
 * Tells CDK how long the ARNs of these components are at most, so that it does not cut their rights into more policies than
 * a role may have. To be called before the construct has children.
 *
 * @returns that length
 */
export const sizeArns = (scope: IConstruct, components: readonly ComponentSettings[]): number => {
  const lengths = components.map((settings) => {
    const { bucket: place, table } = sourceOf(settings);
    if (place !== undefined)
      return AROUND_BUCKET + lengthOf(place.bucket, LONGEST_BUCKET) + place.prefix.length;
    return table === undefined ? 0 : AROUND_TABLE + lengthOf(table, LONGEST_TABLE);
  });
  // Of Holdfast's own functions and state machines, too.
  const longest = Math.max(110, ...lengths);
  scope.node.setContext(ARN_SIZE_ESTIMATE, longest);
  return longest;
};

/** What CloudFormation puts behind a name that it makes, the hyphens included. */
const AROUND_MADE_NAME = 16;

/** Of a name; where it is a resource's that CloudFormation names, of its stack's name, its logical id, and a few characters. */
const lengthOf = (name: string, longest: number): number => {
  if (!Token.isUnresolved(name)) return name.length;
  const [reference] = Tokenization.reverseString(name).tokens;
  if (!Reference.isReference(reference) || !CfnElement.isCfnElement(reference.target)) return longest;
  const { target } = reference;
  const { stackName } = Stack.of(target);
  if (Token.isUnresolved(stackName)) return longest;
  return Math.min(
    longest,
    stackName.length + Stack.of(target).getLogicalId(target).length + AROUND_MADE_NAME,
  );
};
