/** A domain as people read it. */
import type { DomainView } from '../../model/records/access.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

export const domainReport = (domain: Answer<DomainView>): string[] =>
  pairLines([
    ['domain', visible(domain.text('name'))],
    ['from', domain.text('source') === 'api' ? 'created by the API' : 'the configuration'],
    ['components', domain.texts('components').map(visible).join(', ')],
    ['created', domain.has('createdAt') ? shownTime(domain.text('createdAt')) : ''],
    ['by', visible(domain.text('createdBy'))],
  ]);
