/** The progress of a running operation: its steps, its bytes, its rate, and the time that is left. */
import { useRef } from 'preact/hooks';
import type { Progress } from '../../model/records/operation.ts';
import { type OperationKind, operationTable } from '../../model/records/operation-kinds.ts';
import { formatBytes } from '../../model/text/byte-count.ts';
import { now } from '../shown/clock.ts';
import { duration } from '../shown/times.ts';
import { translated } from '../words/language.ts';
import { stepWords } from '../words/shared.ts';
import { Icon } from './icons.tsx';

const words = translated('operation progress', {
  en: {
    steps: 'Steps',
    done: 'done',
    now: 'now',
    toCome: 'to come',
    rate: (text: string) => `${text}/s`,
    left: (text: string) => `about ${text} left`,
    running: (text: string) => `running for ${text}`,
    progress: 'Progress',
  },
  de: {
    steps: 'Schritte',
    done: 'fertig',
    now: 'jetzt',
    toCome: 'kommt noch',
    rate: (text: string) => `${text}/s`,
    left: (text: string) => `noch etwa ${text}`,
    running: (text: string) => `läuft seit ${text}`,
    progress: 'Fortschritt',
  },
});

/** Bytes per second over the last few looks; undefined until the number of bytes has changed. */
const useRate = (key: string, bytes: number): number | undefined => {
  const looks = useRef<{ key: string; seen: { at: number; bytes: number }[] }>({ key, seen: [] });
  if (looks.current.key !== key) looks.current = { key, seen: [] };
  const { seen } = looks.current;
  if (seen.at(-1)?.bytes !== bytes) seen.push({ at: Date.now(), bytes });
  if (seen.length > 10) seen.shift();
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 500 || last.bytes <= first.bytes)
    return undefined;
  return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
};

export const OperationProgress = ({
  id,
  kind,
  startedAt,
  progress,
}: {
  id: string;
  kind: OperationKind;
  startedAt: string;
  progress: Progress;
}) => {
  const { steps } = operationTable[kind];
  const names: Readonly<Record<string, string>> = stepWords();
  const { step, sourceBytes, expectedBytes } = progress;
  const rate = useRate(`${id}/${step}`, sourceBytes);
  const current = (steps as readonly string[]).indexOf(step);
  const hasEnd = expectedBytes !== null && expectedBytes > 0;
  const left = hasEnd && rate !== undefined ? ((expectedBytes - sourceBytes) / rate) * 1000 : undefined;
  const t = words();
  return (
    <div class="progress-of">
      <ol class="steps" aria-label={t.steps}>
        {steps.map((one, index) => (
          <li
            key={one}
            class={index < current ? 'done' : index === current ? 'now' : 'to-come'}
            {...(index === current && { 'aria-current': 'step' as const })}
          >
            <Icon
              name={index < current ? 'good' : index === current ? 'running' : 'plain'}
              turns={index === current}
            />
            <span>{names[one] ?? one}</span>
            <span class="unseen">{index < current ? t.done : index === current ? t.now : t.toCome}</span>
          </li>
        ))}
      </ol>
      <progress
        aria-label={t.progress}
        {...(hasEnd && { max: expectedBytes, value: Math.min(sourceBytes, expectedBytes) })}
      />
      <p class="quiet figures">
        <span>
          {formatBytes(sourceBytes)}
          {hasEnd && ` / ${formatBytes(expectedBytes)}`}
        </span>
        {rate !== undefined && <span>{t.rate(formatBytes(rate))}</span>}
        {left !== undefined && left > 0 && <span>{t.left(duration(left))}</span>}
        <span>{t.running(duration(Math.max(0, now() - Date.parse(startedAt))))}</span>
      </p>
    </div>
  );
};
