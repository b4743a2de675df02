import type { SecretReference } from '../model/components/common-settings.ts';

export interface Secrets {
  /** The secret's value. @throws `component_unavailable`, naming the reference and never the value. */
  resolve(reference: SecretReference): Promise<string>;
}
