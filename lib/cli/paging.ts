/** `--skip` and `--limit`, the same on every list. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Page } from '../model/requests/page.ts';
import { Answer, type RawAnswer } from './requests/answer.ts';
import type { Output } from './terminal/output.ts';
import { countOf, formatCount } from './terminal/quantities.ts';

export interface PagingOptions {
  readonly skip?: number;
  readonly limit?: number;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(text);
};

export const addPaging = (command: Command): Command =>
  command
    .option('--skip <n>', 'skip the first n', wholeNumber)
    .option('--limit <n>', 'show at most n (default: 10, at most 1000)', wholeNumber);

export const pageQuery = ({
  skip,
  limit,
}: PagingOptions): { skip: number | undefined; limit: number | undefined } => ({
  skip,
  limit,
});

/** Says on standard error what the page does not show. */
export const tellRest = (output: Output, answer: RawAnswer, one: string, many = `${one}s`): void => {
  const page = new Answer<Page<object>>(answer.raw);
  const [skip, total] = [page.count('skip'), page.count('total')];
  const shown = page.list('resources').length;
  if (shown === 0)
    output.note(total === 0 ? `There are no ${many}.` : `There are only ${countOf(total, one, many)}.`);
  else if (skip + shown < total)
    output.note(
      `${formatCount(skip + 1)} to ${formatCount(skip + shown)} of ${countOf(total, one, many)}; ` +
        `--skip ${skip + shown} shows more.`,
    );
};
