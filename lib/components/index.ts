/** The kinds of component, and components bound to their settings. */
import { shortened } from '../archive/shown-text.ts';
import {
  type ComponentKindName,
  type ComponentSettings,
  isKindName,
} from '../model/components/component-table.ts';
import { HoldfastError } from '../model/errors.ts';
import type { ComponentPlan } from '../model/records/restore.ts';
import type { OwnData } from '../ports/own-data.ts';
import type {
  CaptureResult,
  CaptureTask,
  ComponentKind,
  Planned,
  PlanTask,
  RestoreEffort,
  RestoreResult,
  RestoreTask,
  SharedRestore,
  Taken,
  Task,
} from './component-kind.ts';
import { archivedDetails, capturedDetails } from './details.ts';
import { directory } from './directory/directory.ts';
import { dynamodb } from './dynamodb/dynamodb.ts';
import { postgres } from './postgres/postgres.ts';
import { s3 } from './s3/s3.ts';
import { ownPlaceOf, type TargetIdentity } from './target-identity.ts';

type WithoutSettings<T> = Omit<T, 'settings'>;

/** `SharedRestore`, bound to a component's settings. */
export interface SharedRestoreOf {
  readonly effort: RestoreEffort;
  /** Undefined when nothing need be prepared. */
  readonly prepare: ((task: WithoutSettings<RestoreTask<never>>) => Promise<void>) | undefined;
  readonly finish: ((task: WithoutSettings<RestoreTask<never>>) => Promise<readonly string[]>) | undefined;
  tookNone(target: string, taken: Taken): string;
}
/** A kind bound to one component's settings. */
export interface Component {
  readonly id: string;
  readonly kind: string;
  readonly content: ComponentKind<never>['content'];
  readonly target: string;
  checkTarget(target: string): void;
  identify(named: WithoutSettings<Parameters<ComponentKind<never>['identify']>[0]>): TargetIdentity;
  check(task: WithoutSettings<Task<never>>): Promise<void>;
  plan(task: WithoutSettings<PlanTask<never>>): Promise<Planned>;
  capture(task: WithoutSettings<CaptureTask<never>>): Promise<CaptureResult>;
  shortcoming(captured: Parameters<NonNullable<ComponentKind<never>['shortcoming']>>[0]): string | undefined;
  planRestore(task: WithoutSettings<RestoreTask<never>>): Promise<ComponentPlan>;
  restore(task: WithoutSettings<RestoreTask<never>>): Promise<RestoreResult>;
  sharedRestore(
    task: Parameters<NonNullable<ComponentKind<never>['sharedRestore']>>[0],
  ): SharedRestoreOf | undefined;
  cleanUp(task: WithoutSettings<Parameters<ComponentKind<never>['cleanUp']>[0]>): Promise<void>;
}

/**
 * Refuses a restore over the installation's own data: its archives, and all that opens them.
 *
 * @throws `restore_refused`
 */
export const refuseOwnPlace = (id: string, target: string, identity: TargetIdentity, own: OwnData): void => {
  const place = ownPlaceOf(identity, own);
  if (place !== undefined)
    throw new HoldfastError(
      'restore_refused',
      `component "${id}" cannot be restored to ${shortened(target, 300)}: Holdfast keeps its own data or archives there, in ${place}; choose another target with --to ${id}=TARGET; nothing was touched`,
    );
};

/**
 * Binds a kind to settings. For every kind, this checks the `details` of a source or an archive, and refuses restores
 * over our own data.
 */
const bind = <S extends { id: string }>(kind: ComponentKind<S>, settings: S): Component => ({
  id: settings.id,
  kind: kind.kind,
  content: kind.content,
  target: kind.target(settings),
  checkTarget: (target) => kind.checkTarget(target),
  identify: (named) => kind.identify({ ...named, settings }),
  check: (task) => kind.check({ ...task, settings }),
  plan: (task) => kind.plan({ ...task, settings }),
  capture: async (task) => {
    const result = await kind.capture({ ...task, settings });
    capturedDetails(kind.details, result.details, `component "${settings.id}"`);
    return result;
  },
  shortcoming: (captured) => kind.shortcoming?.(captured),
  planRestore: async (task) => {
    archivedDetails(kind.details, task, kind.kind);
    refuseOwnPlace(settings.id, task.target, kind.identify({ ...task, settings }), task.own);
    return kind.planRestore({ ...task, settings });
  },
  restore: async (task) => {
    archivedDetails(kind.details, task, kind.kind);
    refuseOwnPlace(settings.id, task.target, kind.identify({ ...task, settings }), task.own);
    return kind.restore({ ...task, settings });
  },
  sharedRestore: (task) => bindShared(kind.sharedRestore?.(task), settings),
  cleanUp: (task) => kind.cleanUp({ ...task, settings }),
});

const bindShared = <S>(shared: SharedRestore<S> | undefined, settings: S): SharedRestoreOf | undefined => {
  if (shared === undefined) return undefined;
  const { effort, prepare, finish, tookNone } = shared;
  return {
    effort,
    prepare: prepare && ((task) => prepare({ ...task, settings })),
    finish: finish && ((task) => finish({ ...task, settings })),
    tookNone,
  };
};

/** The kinds, a line each. */
const kinds: { readonly [K in ComponentKindName]: ComponentKind<ComponentSettings<K>> } = {
  directory,
  postgres,
  s3,
  dynamodb,
};

/** A kind and its settings belong together, but the compiler cannot see that for an unknown kind. */
const kindNamed = (name: ComponentKindName): ComponentKind<ComponentSettings> =>
  kinds[name] as unknown as ComponentKind<ComponentSettings>;

export const componentFor = (settings: ComponentSettings): Component =>
  bind(kindNamed(settings.kind), settings);

/**
 * A component that this installation does not have, made from a restore's target.
 *
 * @throws `invalid_request`
 */
export const componentFromTarget = (id: string, name: string, target: string): Component => {
  if (!isKindName(name))
    throw new HoldfastError(
      'invalid_request',
      `component "${id}" is of kind ${name}, which this version of Holdfast does not know; restore it with a newer one`,
    );
  const kind = kindNamed(name);
  return bind(kind, kind.settingsFromTarget(id, target));
};
