/** What exactly was asked for, fact by fact. The digest covers these facts. */
import { type ComponentChildren, Fragment } from 'preact';
import type { ApprovalFacts, RestoreFacts } from '../../../model/records/approval.ts';
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { planWords } from '../../parts/plan/plan-words.ts';
import { Time } from '../../parts/time.tsx';
import { policyText } from '../../shown/policy.ts';
import { counted } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from '../approvals/words.ts';

type Row = readonly [name: string, value: ComponentChildren];

export const Facts = ({ facts, children }: { facts: ApprovalFacts; children?: ComponentChildren }) => (
  <>
    <dl class="facts">
      {rowsOf(facts).map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd class="break">{value}</dd>
        </Fragment>
      ))}
      {children}
    </dl>
    {facts.action === 'restore' && <Targets facts={facts} />}
  </>
);

const code = (text: string): ComponentChildren => <code class="break">{visible(text)}</code>;

const rowsOf = (facts: ApprovalFacts): readonly Row[] => {
  const t = words();
  switch (facts.action) {
    case 'restore':
      return [
        [t.backup, code(facts.backupId)],
        [t.manifest, code(facts.manifestSha256)],
        [t.existing, t[facts.existing]],
        [t.choices, choicesOf(facts)],
      ];
    case 'key.export':
      return [
        [t.key, code(facts.keyId)],
        [t.recipient, code(facts.recipient)],
        ...(facts.backupId === undefined ? [] : ([[t.backup, code(facts.backupId)]] as const)),
      ];
    case 'key.delete':
      return [
        [t.key, code(facts.keyId)],
        [t.recipient, code(facts.recipient)],
        [t.lost, counted(facts.lostBackups)],
      ];
    case 'backup.delete':
      return [
        [t.backup, code(facts.backupId)],
        [t.archive, code(facts.sha256)],
        [t.when, t[facts.when]],
      ];
    case 'backup.release':
      return [
        [t.backup, code(facts.backupId)],
        [t.heldSince, <Time key="since" at={facts.heldSince} />],
      ];
    case 'policy.change':
      return [
        [t.schedule, code(facts.scheduleId)],
        [t.before, kept(facts.before)],
        [t.after, kept(facts.after)],
      ];
  }
};

const kept = (policy: RetentionPolicy | null): string =>
  policy === null ? words().noRule : policyText(policy);

/** The further choices of a restore, by the names that they have in the API. */
const choicesOf = ({
  force,
  setuid,
  rootAttributes,
  allowDrop,
  allOrNothing,
  trustedSigner,
}: RestoreFacts): string => {
  const chosen = Object.entries({ force, setuid, rootAttributes, allowDrop, allOrNothing, trustedSigner });
  const said = chosen.filter(([, value]) => value !== null && value !== false);
  return said.length === 0
    ? words().noChoices
    : said.map(([name, value]) => (value === true ? name : `${name}: ${visible(String(value))}`)).join(', ');
};

const actions = ['create', 'overwrite', 'drop', 'skip', 'refuse'] as const;

const Targets = ({ facts: { components, targetState } }: { facts: RestoreFacts }) => {
  const t = words();
  const p = planWords();
  return (
    <StackedTable columns={[shared().component, t.target, t.found]}>
      {Object.entries(components).map(([id, { kind, target }]) => {
        const counts = targetState[id]?.counts;
        return (
          <tr key={id}>
            <th scope="row">
              <span class="name break">{visible(id)}</span>
              <span class="quiet">{visible(kind)}</span>
            </th>
            <td data-name={t.target} class="break">
              {visible(target)}
            </td>
            <td data-name={t.found}>
              {actions
                .filter((action) => (counts?.[action] ?? 0) > 0)
                .map((action) => `${counted(counts?.[action] ?? 0)} ${p[action]}`)
                .join(', ')}
            </td>
          </tr>
        );
      })}
    </StackedTable>
  );
};
