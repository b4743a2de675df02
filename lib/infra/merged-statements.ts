/** Many components fit into the policies of one role: statements are merged, and ARNs are not taken for longer than they are. */
import { Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { ComponentSettings } from '../model/config.ts';

/** Names have 63 characters at most: so many of them, as references of a template, fit into one policy of IAM (6,144). */
const RESOURCES_PER_STATEMENT = 20;

/**
 * Statements that allow the same actions on the same conditions as one, each resource named once: a policy has little
 * room, and the actions take most of it. CDK moves whole statements into further policies, so none may be too long.
 */
export const mergedStatements = (statements: readonly PolicyStatement[]): PolicyStatement[] => {
  const groups = new Map<string, { like: PolicyStatement; resources: Set<string> }>();
  for (const statement of statements) {
    const { actions, conditions, resources } = statement;
    const key = JSON.stringify([actions, conditions]);
    const group = groups.get(key) ?? { like: statement, resources: new Set() };
    groups.set(key, group);
    for (const resource of resources) group.resources.add(resource);
  }
  return [...groups.values()].flatMap(({ like, resources }) =>
    piecesOf([...resources]).map(
      (piece) =>
        new PolicyStatement({ actions: like.actions, resources: piece, conditions: like.conditions }),
    ),
  );
};

const piecesOf = (resources: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(resources.length / RESOURCES_PER_STATEMENT) }, (_, index) =>
    resources.slice(index * RESOURCES_PER_STATEMENT, (index + 1) * RESOURCES_PER_STATEMENT),
  );

/** What CDK takes for the length of an ARN that holds a token, as all of ours do; 150 unless a construct says otherwise. */
const ARN_SIZE_ESTIMATE = '@aws-cdk/aws-iam.arnSizeEstimate';
/** `arn:aws-us-gov:dynamodb:ap-northeast-1:123456789012:table/` and `/export/*`, with quotes and a comma. */
const AROUND_TABLE = 72;
/** `arn:aws-us-gov:s3:::` and a slash and a star, with quotes and a comma. */
const AROUND_BUCKET = 26;
/** The longest that the services allow: of a name that is known only at deployment. */
const [LONGEST_TABLE, LONGEST_BUCKET] = [255, 63];

/**
 * Tells CDK how long the ARNs of these components are at most, so that it does not cut their rights into more policies than
 * a role may have. To be called before the construct has children.
 */
export const sizeArns = (scope: IConstruct, components: readonly ComponentSettings[]): void => {
  const lengths = components.map((settings) => {
    if (settings.kind === 's3')
      return AROUND_BUCKET + lengthOf(settings.bucket, LONGEST_BUCKET) + settings.prefix.length;
    return settings.kind === 'dynamodb' ? AROUND_TABLE + lengthOf(settings.table, LONGEST_TABLE) : 0;
  });
  // Of Holdfast's own functions and state machines, too.
  scope.node.setContext(ARN_SIZE_ESTIMATE, Math.max(110, ...lengths));
};

const lengthOf = (name: string, longest: number): number =>
  Token.isUnresolved(name) ? longest : name.length;
