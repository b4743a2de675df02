/** A token as people read it, without its text. */
import type { TokenView } from '../../model/records/access.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

/** Where the token's role applies. */
export const tokenPlace = (token: Answer<TokenView>): string =>
  token.has('domain') ? `domain ${visible(token.text('domain'))}` : 'installation';

export const tokenEnd = (token: Answer<TokenView>): string =>
  token.has('expiresAt') ? shownTime(token.text('expiresAt')) : 'never';

export const tokenReport = (token: Answer<TokenView>): string[] =>
  pairLines([
    ['token', visible(token.text('id'))],
    ['name', visible(token.text('name'))],
    ['role', visible(token.text('role'))],
    ['where', tokenPlace(token)],
    ['created', shownTime(token.text('createdAt'))],
    ['by', visible(token.text('createdBy'))],
    ['made with', visible(token.text('madeWith'))],
    ['expires', tokenEnd(token)],
    ['last used', token.has('lastUsedAt') ? shownTime(token.text('lastUsedAt')) : ''],
  ]);
