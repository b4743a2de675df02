/**
 * Makes many components fit into the policies of one role: merges statements, and tells CDK the true length of ARNs.
 */
import { CfnElement, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { type ComponentSettings, sourceOf } from '../../../model/components/component-table.ts';

/**
 * Characters for the resources of a statement: few enough that two statements fit into an IAM policy of 6,144
 * characters, whatever their actions.
 */
const STATEMENT_CHARACTERS = 2_750;

/**
 * Merges statements that allow the same actions on the same conditions, with each resource named once: a policy has
 * little room, and actions take most of it. CDK moves whole statements into further policies, so no statement may be
 * too long.
 *
 * @param arnCharacters length of the longest resource that a deployment makes, from `sizeArns`
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
  // The length with quotes and a comma, if the whole ARN is known.
  const lengths = resources.map((each) => (Token.isUnresolved(each) ? arnCharacters : each.length + 3));
  const size = Math.max(1, Math.floor(STATEMENT_CHARACTERS / Math.max(...lengths)));
  return Array.from({ length: Math.ceil(resources.length / size) }, (_, index) =>
    resources.slice(index * size, (index + 1) * size),
  );
};

/** The length that CDK assumes for an ARN with a token, as all of ours have; 150 unless a construct sets another. */
const ARN_SIZE_ESTIMATE = '@aws-cdk/aws-iam.arnSizeEstimate';
/** `arn:aws-us-gov:dynamodb:ap-northeast-1:123456789012:table/` and `/export/*`, with quotes and a comma. */
const AROUND_TABLE = 72;
/** `arn:aws-us-gov:s3:::` and a slash and a star, with quotes and a comma. */
const AROUND_BUCKET = 26;
/** The longest names that the services allow, for names that are unknown before the deployment. */
const [LONGEST_TABLE, LONGEST_BUCKET] = [255, 63];

/**
 * Tells CDK how long the ARNs of these components are at most, so that it does not cut their rights into more policies
 * than a role may have. Call it before the construct has children.
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
  // The ARNs of Holdfast's own functions and state machines count, too.
  const longest = Math.max(110, ...lengths);
  scope.node.setContext(ARN_SIZE_ESTIMATE, longest);
  return longest;
};

/** Characters that CloudFormation appends to a name that it makes, including the hyphens. */
const AROUND_MADE_NAME = 16;

/**
 * The length of a name; for a resource that CloudFormation names, of its stack's name, its logical id, and a few
 * characters.
 */
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
