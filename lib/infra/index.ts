/** The construct, for other people's CDK apps. */
export { Component, RestoreTarget } from './component.ts';
export { Holdfast, type HoldfastProps } from './holdfast.ts';
export { HoldfastStore, type HoldfastStoreProps } from './holdfast-store.ts';
