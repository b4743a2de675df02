import type { Answer } from '../../requests/answer.ts';
import { visible } from '../../terminal/visible-text.ts';

interface Failed {
  shortError: string;
  errorCode: string;
}

/** Why an operation failed: its sentence, and the code to search for. Empty when it did not fail. */
export const errorText = (record: Pick<Answer<Failed>, 'text'>): string => {
  const [sentence, code] = [visible(record.text('shortError')), visible(record.text('errorCode'))];
  return sentence === '' || code === '' ? sentence : `${sentence} (${code})`;
};
