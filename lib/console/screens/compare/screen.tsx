/** Two backups side by side: what was added, removed and changed. */
import { useState } from 'preact/hooks';
import { visible } from '../../../model/text/visible-text.ts';
import { getBackup, listBackups } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Select } from '../../parts/forms/field.tsx';
import { PassphraseGate } from '../../parts/forms/passphrase-gate.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { go } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { isRestorable } from '../../shown/restorable.ts';
import { zonedTime } from '../../shown/times.ts';
import { Comparison } from './comparison.tsx';
import { words } from './words.ts';

const OFFERED = 200;

/** The address names the two backups, so that the back button and a copied address lead to the same comparison. */
const Compare = ({ query }: ScreenProps) => {
  const [a, b] = [query.get('a') ?? '', query.get('b') ?? ''];
  return <ChooseBackups key={`${a} ${b}`} older={a} newer={b} />;
};

const ChooseBackups = ({ older, newer }: { older: string; newer: string }) => {
  const t = words();
  const [a, setA] = useState(older);
  const [b, setB] = useState(newer);
  const live = useLive(
    async (signal) => (await listBackups({ limit: OFFERED }, signal)).resources.filter(isRestorable),
    [],
  );
  const options: readonly (readonly [string, string])[] = (live.value ?? []).map(
    ({ id, label, createdAt }) => [id, `${visible(label)} · ${zonedTime(createdAt)}`],
  );
  const named = (id: string): typeof options =>
    id === '' || options.some(([one]) => one === id) ? options : [...options, [id, id] as const];
  return (
    <section class="screen">
      <h1>{t.title}</h1>
      <ProblemNotice problem={live.problem} onRetry={live.reload} />
      {live.value === undefined && live.problem === undefined && <Loading />}
      {live.value !== undefined && live.value.length < 2 && (
        <Empty title={t.none}>
          <p>{t.noneHint}</p>
        </Empty>
      )}
      {live.value !== undefined && live.value.length >= 2 && (
        <form
          class="filters wide"
          onSubmit={onSubmit(() => {
            if (a === '' || b === '') return;
            go('/compare', { a, b });
          })}
        >
          <Select label={t.older} value={a} onValue={setA} options={[['', t.choose], ...named(a)]} />
          <Select label={t.newer} value={b} onValue={setB} options={[['', t.choose], ...named(b)]} />
          <button type="submit" class="main-button" disabled={a === '' || b === '' || a === b}>
            {t.compare}
          </button>
        </form>
      )}
      {older !== '' && newer !== '' && <ComparedBackups a={older} b={newer} />}
    </section>
  );
};

const ComparedBackups = ({ a, b }: { a: string; b: string }) => {
  const live = useLive(
    async (signal) => [await getBackup(a, signal), await getBackup(b, signal)] as const,
    [a, b],
  );
  if (live.problem !== undefined) return <ProblemNotice problem={live.problem} onRetry={live.reload} />;
  if (live.value === undefined) return <Loading />;
  return (
    <PassphraseGate backups={live.value}>
      {(passphrase) => <Comparison a={a} b={b} passphrase={passphrase} />}
    </PassphraseGate>
  );
};

export const compareScreen: Screen = {
  path: '/compare',
  below: '/backups',
  needs: 'backup.contents',
  title: () => words().title,
  view: Compare,
};
