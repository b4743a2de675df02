/** Finds the id of the running operation, of any kind: by the whole id, its beginning, or `latest`. */
import * as installation from '../../client/calls/installation.ts';
import { idSchema } from '../../model/ids.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { visible } from '../terminal/visible-text.ts';
import { beginsWith } from './find-id.ts';

/**
 * A whole id is returned without asking the server. @throws Failure `not_found` when nothing runs, or another operation
 */
export const findRunning = async (session: Session, word: string): Promise<string> => {
  if (idSchema.safeParse(word).success) return word;
  const status = await (await session.client()).ask(installation.status());
  if (!status.has('operation')) throw notRunning('nothing runs');
  const operation = status.part('operation');
  const id = operation.text('id');
  if (word === 'latest' || beginsWith(id, word)) return id;
  throw notRunning(
    `what runs is the ${visible(operation.text('kind'))} ${visible(id)}, whose id does not begin with "${visible(word)}"`,
  );
};

const notRunning = (message: string): Failure =>
  new Failure('not_found', message, { hint: '"holdfast backup status" shows what runs.' });
