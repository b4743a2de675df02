/** The kinds there are, and a component of any of them with its settings already in hand. */
import type { ComponentSettings } from '../model/config.ts';
import { HoldfastError } from '../model/errors.ts';
import type { ComponentPlan } from '../model/records/restore.ts';
import type {
  CaptureResult,
  CaptureTask,
  ComponentKind,
  RestoreResult,
  RestoreTask,
  Task,
} from './component-kind.ts';
import { archivedDetails, capturedDetails } from './details.ts';
import { directory } from './directory/directory.ts';
import { dynamodb } from './dynamodb/dynamodb.ts';
import { postgres } from './postgres/postgres.ts';
import { s3 } from './s3/s3.ts';

type WithoutSettings<T> = Omit<T, 'settings'>;
/** A kind bound to one component's settings. */
export interface Component {
  readonly id: string;
  readonly kind: string;
  readonly content: ComponentKind<never>['content'];
  readonly target: string;
  checkTarget(target: string): void;
  check(task: WithoutSettings<Task<never>>): Promise<void>;
  plan(task: WithoutSettings<Task<never>>): ReturnType<ComponentKind<never>['plan']>;
  capture(task: WithoutSettings<CaptureTask<never>>): Promise<CaptureResult>;
  shortcoming(captured: Parameters<NonNullable<ComponentKind<never>['shortcoming']>>[0]): string | undefined;
  planRestore(task: WithoutSettings<RestoreTask<never>>): Promise<ComponentPlan>;
  restore(task: WithoutSettings<RestoreTask<never>>): Promise<RestoreResult>;
  cleanUp(task: WithoutSettings<Parameters<ComponentKind<never>['cleanUp']>[0]>): Promise<void>;
}

/** Whatever the kind, nothing of a source's or an archive's `details` gets past here unseen. */
const bind = <S extends { id: string }>(kind: ComponentKind<S>, settings: S): Component => ({
  id: settings.id,
  kind: kind.kind,
  content: kind.content,
  target: kind.target(settings),
  checkTarget: (target) => kind.checkTarget(target),
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
    return kind.planRestore({ ...task, settings });
  },
  restore: async (task) => {
    archivedDetails(kind.details, task, kind.kind);
    return kind.restore({ ...task, settings });
  },
  cleanUp: (task) => kind.cleanUp({ ...task, settings }),
});

export const componentFor = (settings: ComponentSettings): Component => {
  switch (settings.kind) {
    case 'directory':
      return bind(directory, settings);
    case 'postgres':
      return bind(postgres, settings);
    case 's3':
      return bind(s3, settings);
    case 'dynamodb':
      return bind(dynamodb, settings);
  }
};

/**
 * A component that this installation does not have, as a restore's target describes it.
 *
 * @throws `invalid_request`
 */
export const componentFromTarget = (id: string, kind: string, target: string): Component => {
  switch (kind) {
    case 'directory':
      return bind(directory, directory.settingsFromTarget(id, target));
    case 'postgres':
      return bind(postgres, postgres.settingsFromTarget(id, target));
    case 's3':
      return bind(s3, s3.settingsFromTarget(id, target));
    case 'dynamodb':
      return bind(dynamodb, dynamodb.settingsFromTarget(id, target));
    default:
      throw new HoldfastError(
        'invalid_request',
        `component "${id}" is of kind ${kind}, which this version of Holdfast does not know; restore it with a newer one`,
      );
  }
};
