/** A backup key as people read it. */
import type { BackupKeyView } from '../../model/records/keys.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

export const keyScope = (key: Answer<BackupKeyView>): string =>
  key.text('scope') === 'domain' ? `domain ${visible(key.text('domain'))}` : visible(key.text('scope'));

export const keyReport = (key: Answer<BackupKeyView>): string[] =>
  pairLines([
    ['key', visible(key.text('id'))],
    ['scope', keyScope(key)],
    ['default', key.flag('isDefault') ? 'yes' : 'no'],
    ['created', shownTime(key.text('createdAt'))],
    ['by', visible(key.text('createdBy'))],
    ['post-quantum', key.flag('postQuantum') ? 'yes' : ''],
    ['imported from', visible(key.text('importedFrom'))],
    ['recipient', visible(key.text('recipient'))],
  ]);
