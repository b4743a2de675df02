import type { BlockList } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import type { Resolve } from './guarded-request.ts';

/** Tools of channels that use HTTP. */
export interface ChannelTools {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Internal addresses that requests may go to. */
  readonly allowed: BlockList;
  /** The beginning of links. @default no links */
  readonly baseUrl?: string | undefined;
  /** @default the system's clock */
  readonly resolve?: Resolve;
}
