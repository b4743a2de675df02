/** Holdfast for CDK apps. */
export type { BackupPlace } from './backup-places.ts';
export {
  type BucketOptions,
  Component,
  type ComponentOptions,
  type NamedOptions,
  RestoreTarget,
  type SourceBucket,
  type SourceKey,
  type SourceTable,
} from './component.ts';
export { Holdfast } from './holdfast.ts';
export type { HoldfastProps, ScheduleProps } from './holdfast-props.ts';
export {
  HoldfastStore,
  type HoldfastStoreAttributes,
  type HoldfastStoreProps,
  type IHoldfastStore,
} from './holdfast-store.ts';
export { Trigger, type TriggerOptions } from './trigger.ts';
export type { Mail } from './watch/outcomes.ts';
