/**
 * Checks that every right is on named resources. A star is allowed only where a name is impossible: after a named
 * bucket's prefix, after a named state machine's executions, or where the service has no resources at all. Any other
 * star fails the synth; the allowed ones are reported to cdk-nag, finding by finding, with their reason.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import * as z from 'zod';
import { acknowledge } from '../../acknowledge.ts';

const oneOrMany = z.union([z.unknown().array(), z.unknown().transform((one) => [one])]);
const documentSchema = z.object({
  Statement: z
    .object({ Effect: z.string(), Action: oneOrMany.pipe(z.string().array()), Resource: oneOrMany })
    .array(),
});

const forms: readonly { readonly form: RegExp; readonly reason: string }[] = [
  {
    form: /(?:<\w+\.Arn>|:ExportsOutput\w+|:s3:::[\w.-]+)\/[^*]*\*$/,
    reason:
      'Objects below a named prefix of a named bucket, or the whole bucket where the whole bucket is backed up.',
  },
  {
    form: /:schedule\/holdfast-[\w.-]+\/\*$/,
    reason: 'Timers of a named schedule group: each gets its name when it is set.',
  },
  {
    form: /:table\/[\w.-]+\/export\/\*$/,
    reason: 'Exports of a named table: each gets its name when it starts.',
  },
  {
    form: /:execution:[\w-]+[:/]\*$/,
    reason: 'Executions of a named state machine: each gets its name when it starts.',
  },
];

/** Actions that take no resource. */
const WITHOUT_RESOURCES =
  /^(?:xray:(?:PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)|logs:(?:CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups))$/;

/** A resource in cdk-nag's notation: references in angle brackets, imports by their export's name. */
const flat = (resource: unknown): string => {
  if (typeof resource === 'string') return resource.replaceAll('${', '<').replaceAll('}', '>');
  if (typeof resource !== 'object' || resource === null) return '';
  const [kind, value]: [string, unknown] = Object.entries(resource)[0] ?? ['', ''];
  if (kind === 'Ref') return `<${flat(value)}>`;
  if (!Array.isArray(value)) return flat(value);
  if (kind === 'Fn::Join') return z.unknown().array().parse(value[1]).map(flat).join(String(value[0]));
  return `<${value.map(flat).join('.')}>`;
};

/** Checks every policy below a construct when the app is synthesized, since references are known only then. */
export const holdToNamedResources = (scope: IConstruct): void => {
  scope.node.addValidation({
    validate: () =>
      scope.node
        .findAll()
        // CDK moves what is too long for a role's own policy into managed ones.
        .filter((child) => child instanceof CfnPolicy || child instanceof CfnManagedPolicy)
        .flatMap(findingsOf),
  });
};

const findingsOf = (policy: CfnPolicy | CfnManagedPolicy): string[] => {
  const { Statement } = documentSchema.parse(Stack.of(policy).resolve(policy.policyDocument));
  return Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action, Resource }) => [
    ...Action.filter((action) => action.includes('*')).map(
      (action) => `${policy.node.path}: the action ${action} has a wildcard; name the actions`,
    ),
    ...Resource.map(flat)
      .filter((resource) => resource.includes('*'))
      .flatMap((resource) => {
        const reason = reasonFor(resource, Action);
        if (reason === undefined)
          return [
            `${policy.node.path}: the resource ${resource} of ${Action.join(', ')} is not named exactly`,
          ];
        acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
        return [];
      }),
  ]);
};

const reasonFor = (resource: string, actions: readonly string[]): string | undefined => {
  if (resource === '*')
    return actions.every((action) => WITHOUT_RESOURCES.test(action))
      ? 'The actions of X-Ray and of log delivery cannot be limited to resources.'
      : undefined;
  if (resource.indexOf('*') !== resource.length - 1) return undefined;
  return forms.find(({ form }) => form.test(resource))?.reason;
};
