/** Holdfast for CDK apps. */

export { Holdfast } from './holdfast.ts';
export type { HoldfastProps, ScheduleProps } from './holdfast-props.ts';
export { Trigger, type TriggerOptions } from './starts/trigger.ts';
export type { BackupPlace } from './store/backup-places.ts';
export {
  type BucketOptions,
  Component,
  type ComponentOptions,
  type NamedOptions,
  RestoreTarget,
  type SourceBucket,
  type SourceKey,
  type SourceTable,
} from './store/component.ts';
export {
  HoldfastStore,
  type HoldfastStoreAttributes,
  type HoldfastStoreProps,
  type IHoldfastStore,
} from './store/holdfast-store.ts';
export type { Mail } from './watch/outcomes.ts';
