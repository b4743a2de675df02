/** Holdfast for CDK apps. */
export { type BucketOptions, Component, type ComponentOptions, RestoreTarget } from './component.ts';
export { Holdfast, type HoldfastProps, type ScheduleProps } from './holdfast.ts';
export { HoldfastStore, type HoldfastStoreProps } from './holdfast-store.ts';
export type { Mail } from './outcomes.ts';
