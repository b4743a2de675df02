import type { BlockList } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import type { Resolve } from './guarded-request.ts';

/** What channels by HTTP work with. */
export interface ChannelTools {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Internal addresses that may be reached. */
  readonly allowed: BlockList;
  /** What links begin with. @default no links */
  readonly baseUrl?: string | undefined;
  /** @default the system's */
  readonly resolve?: Resolve;
}
