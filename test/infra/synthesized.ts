/** The construct's templates without bundling; another check measures what the functions contain. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { type InstallationStacks, installationStacks } from '../../lib/infra/stacks.ts';
import type { HoldfastStoreProps } from '../../lib/infra/store/holdfast-store.ts';
import { configSchema } from '../../lib/model/config/config.ts';

export const unbundled = { context: { 'aws:cdk:bundling-stacks': [] } };

const defaults = {
  installation: 'trial',
  components: [
    { id: 'uploads', kind: 's3', bucket: 'trial-uploads', prefix: 'live/' },
    { id: 'orders', kind: 'dynamodb', table: 'trial-orders' },
  ],
  schedules: [
    { id: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', label: 'nightly' },
    { id: 'weekly', cron: '30 4 * * 0', enabled: false },
  ],
  notifications: { email: { to: ['ops@example.com'], from: 'holdfast@example.com' } },
};

/** An installation with the usual configuration and the given changes. */
export const installationOf = (
  app: App,
  changes: object = {},
  store: HoldfastStoreProps = {},
): InstallationStacks => installationStacks(app, configSchema.parse({ ...defaults, ...changes }), store);

/** Both templates of a configuration. */
export const templatesOf = (changes: object = {}): { state: Template; service: Template } => {
  const { state, service } = installationOf(new App(unbundled), changes);
  if (state === undefined) throw new Error('the configuration has a store already');
  return { state: Template.fromStack(state), service: Template.fromStack(service) };
};

export const templateOf = (build: (stack: Stack) => void): Template => {
  const stack = new Stack(new App(unbundled), 'Test');
  build(stack);
  return Template.fromStack(stack);
};

const list = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);
const statementSchema = z.object({
  Action: list.pipe(z.array(z.string())),
  Resource: list,
  Condition: z.unknown().optional(),
});
const policySchema = z.object({
  Properties: z.object({
    PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
    Roles: z.array(z.object({ Ref: z.string() })),
  }),
});

export interface Right {
  readonly action: string;
  /** The resource as text, with references in angle brackets. */
  readonly resource: string;
  /** The condition as JSON; empty when there is none. */
  readonly condition: string;
}

/** A value as text: parts of a join are joined, and references are in angle brackets. */
export const flat = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const [kind, inner]: [string, unknown] = Object.entries(value)[0] ?? ['', ''];
  if (kind === 'Fn::Join') {
    const [between, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(inner);
    return parts.map(flat).join(between);
  }
  return `<${Array.isArray(inner) ? inner.map(flat).join('.') : flat(inner)}>`;
};

/** All permissions of a function's role, by the function's name. */
export const rightsOf = (template: Template, functionName: string, construct = 'Holdfast'): Right[] => {
  const prefix = new RegExp(`^${construct}${functionName.replaceAll('-', '')}Role[0-9A-F]{8}$`, 'i');
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    Object.values(template.findResources(type)).map((each) => policySchema.parse(each)),
  );
  return policies
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }) => prefix.test(Ref)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource, Condition }) =>
      Action.flatMap((action) =>
        Resource.map((resource) => ({
          action,
          resource: flat(resource),
          condition: Condition === undefined ? '' : JSON.stringify(Condition),
        })),
      ),
    );
};

/**
 * The longest values that a deployment can give to references, such as the ARN of a bucket with the longest
 * name.
 */
const deployed: Readonly<Record<string, string>> = {
  '<AWS::Partition>': 'aws-us-gov',
  '<AWS::Region>': 'ap-northeast-1',
  '<AWS::AccountId>': '111122223333',
};
const asDeployed = (resource: unknown): string =>
  flat(resource).replaceAll(/<[^<>]*>/g, (reference) => deployed[reference] ?? 'x'.repeat(83));

/**
 * The number of characters in each managed policy, of which IAM allows 6,144, and the number of policies of
 * its role, of which IAM allows 10.
 */
export const managedPoliciesOf = (template: Template): { characters: number; ofRole: number }[] => {
  const managed = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).map((each) =>
    policySchema.parse(each),
  );
  const roles = managed.flatMap(({ Properties }) => Properties.Roles.map(({ Ref }) => Ref));
  return managed.map(({ Properties }) => ({
    characters: JSON.stringify(Properties.PolicyDocument, (name, value: unknown) =>
      name === 'Resource' ? [value].flat().map(asDeployed) : value,
    ).length,
    ofRole: Math.max(...Properties.Roles.map(({ Ref }) => roles.filter((each) => each === Ref).length)),
  }));
};
