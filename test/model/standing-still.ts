/** A process that `time-limit.test.ts` stops: it reports which time limit fires first after it continues. */
import { afterRunning } from '../../lib/model/time-limit.ts';

const say = (word: unknown): void => void process.send?.(word);
process.on('message', (word) => say(word));
setTimeout(() => say('timer'), 2_000);
afterRunning(2_000, () => say('limit'));
say('begun');
