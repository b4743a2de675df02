import type { Principal } from '../../../model/access/principal.ts';
import type { Host } from '../../../ports/host.ts';

/** A request of an admitted caller, whose bytes this server sends or receives itself. */
export interface ByteCall {
  readonly host: Host;
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}
