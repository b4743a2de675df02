import { localDay, twoDigits } from '../../shown/times.ts';
import { translated } from '../../words/language.ts';
import { Field } from './field.tsx';

const words = translated('instant field', {
  en: { zone: (zone: string, more: string) => `In your time zone, ${zone}.${more}` },
  de: { zone: (zone: string, more: string) => `In Ihrer Zeitzone, ${zone}.${more}` },
});

/** `2027-01-31T13:05`, by the reader's clock; empty if the text is no instant. */
const localInstant = (instant: string): string => {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return '';
  return `${localDay(instant)}T${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
};

/**
 * A point in time. People choose it by their own clock, and the form holds it as the API takes it:
 * `2027-01-31T12:05:00.000Z`.
 */
export const InstantField = ({
  label,
  hint,
  value,
  onValue,
}: {
  readonly label: string;
  readonly hint?: string;
  /** Empty: no point in time. */
  readonly value: string;
  readonly onValue: (value: string) => void;
}) => (
  <Field
    label={label}
    hint={words().zone(
      Intl.DateTimeFormat().resolvedOptions().timeZone,
      hint === undefined ? '' : ` ${hint}`,
    )}
    value={localInstant(value)}
    onValue={(typed) => {
      const time = new Date(typed);
      onValue(Number.isNaN(time.getTime()) ? '' : time.toISOString());
    }}
    input={{ type: 'datetime-local' }}
  />
);
