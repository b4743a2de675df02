/** What people are told of API tokens. */
import type { Principal } from '../../../model/access/principal.ts';
import type { TokenRecord } from '../../../model/records/access.ts';
import type { Change } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { tell } from '../../task/tell.ts';

type TellingHost = Pick<Host, 'config' | 'clock'>;
type By = Pick<Principal, 'name'>;

const about = ({ domain }: TokenRecord, { name: by }: By) => ({ by, ...(domain != null && { domain }) });

export const tellToken = {
  created: (host: TellingHost, token: TokenRecord, by: By): Change =>
    tell(host, {
      type: 'token.created',
      title: `${by.name} created the token ${token.name}`,
      ...about(token, by),
      lines: [
        `It has the role ${token.role} in ${token.domain == null ? 'the whole installation' : `the domain ${token.domain}`}, ${token.expiresAt == null ? 'and does not expire' : `until ${token.expiresAt}`}.`,
      ],
      nextSteps: ['If this was not intended:', `  holdfast token revoke ${token.id}`],
    }),

  revoked: (host: TellingHost, token: TokenRecord, by: By, alsoEnded: number): Change =>
    tell(host, {
      type: 'token.revoked',
      title: `${by.name} revoked the token ${token.name}`,
      ...about(token, by),
      lines: alsoEnded === 0 ? [] : [`Tokens and people that lost access with it: ${alsoEnded}.`],
    }),
};
