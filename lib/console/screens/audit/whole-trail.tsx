/** The whole audit trail: saved as a file, or verified row by row. The API gives it in parts. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type AuditCheck, exportAudit, verifyAudit } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { saveText } from '../../parts/save-text.ts';
import { useFrame } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words } from './words.ts';

const MORE = /\{"more":(\d+)\}\n$/;

export const WholeTrail = () => {
  const t = words();
  const { session } = useFrame();
  const [told, setTold] = useState('');
  const [checked, setChecked] = useState<Pick<AuditCheck, 'rows' | 'seals' | 'faults'> | undefined>();
  const ended = useRef(new AbortController());
  useEffect(() => {
    ended.current = new AbortController();
    return () => ended.current.abort();
  }, []);
  const exporting = useDoing(async () => {
    setTold('');
    let text = '';
    for (let from: string | undefined = '1'; from !== undefined; ) {
      const part: string = await exportAudit(from === '1' ? undefined : from, ended.current.signal);
      const [, more] = MORE.exec(part) ?? [];
      text += more === undefined ? part : part.replace(MORE, '');
      from = more;
      setTold(t.exporting(counted(linesOf(text))));
    }
    saveText(`${session.installation}-audit.jsonl`, text);
    // The last line of the file is the seal, not a row.
    setTold(t.exported(counted(linesOf(text) - 1)));
  });
  const verifying = useDoing(async () => {
    setTold('');
    setChecked(undefined);
    const all = { rows: 0, seals: 0, faults: [] as AuditCheck['faults'][number][] };
    for (let from: number | null | undefined; from !== null; ) {
      const part: AuditCheck = await verifyAudit(from, ended.current.signal);
      all.rows += part.rows;
      all.seals += part.seals;
      all.faults.push(...part.faults);
      from = part.next;
      setTold(t.verifying(counted(all.rows)));
    }
    setTold('');
    setChecked(all);
  });
  return (
    <>
      <div class="actions">
        <button type="button" onClick={verifying.run} disabled={verifying.isBusy}>
          {t.verify}
        </button>
        <button type="button" onClick={exporting.run} disabled={exporting.isBusy}>
          {t.export}
        </button>
      </div>
      <div role="status">
        {told !== '' && <p class="quiet">{told}</p>}
        {checked !== undefined && <Checked checked={checked} />}
      </div>
      <ProblemNotice problem={exporting.problem ?? verifying.problem} />
    </>
  );
};

const linesOf = (text: string): number => text.split('\n').length - 1;

const Checked = ({
  checked: { rows, seals, faults },
}: {
  checked: Pick<AuditCheck, 'rows' | 'seals' | 'faults'>;
}) => {
  const t = words();
  if (faults.length === 0) return <Notice tone="good" title={t.valid(counted(rows), counted(seals))} />;
  return (
    <Notice tone="bad" title={t.invalid(counted(faults.length))}>
      <ul>
        {faults.slice(0, 50).map(({ seq, fault }) => (
          <li key={`${seq} ${fault}`}>
            {t.row(counted(seq))}: {fault}
          </li>
        ))}
      </ul>
    </Notice>
  );
};
