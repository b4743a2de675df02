/** Bringing something back: what, where, what of what is there; then a look at what would happen, and only then the restore. */
import { useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import { Problem } from '../../../client/problem.ts';
import type { ApprovalFacts } from '../../../model/records/approval.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { visible } from '../../../model/text/visible-text.ts';
import {
  type ComponentView,
  createRestore,
  getApproval,
  getBackup,
  getRestore,
  listComponents,
} from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { ComponentList } from '../../parts/forms/component-checks.tsx';
import { Choices, Field } from '../../parts/forms/field.tsx';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { now } from '../../shown/clock.ts';
import { localDay } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { DryRun } from './dry-run.tsx';
import {
  allTo,
  approvedChoice,
  type Choice,
  type Existing,
  placeless,
  plannedChoice,
  requestOf,
  suggestedPlace,
  type Where,
} from './request.ts';
import { words } from './words.ts';

const RestoreWizard = ({ params, query }: ScreenProps) => {
  const id = params.id ?? '';
  const approvalId = query.get('approval');
  // As the page was opened: that another dry run is written into its address changes nothing here.
  const [dryRunId] = useState(query.get('dry'));
  const live = useLive(
    async (signal) => ({
      backup: await getBackup(id, signal),
      components: (await listComponents(signal)).resources,
      approved: approvalId === null ? undefined : (await getApproval(approvalId, signal)).plan.facts,
      dryRun: dryRunId === null ? undefined : await lookedBefore(dryRunId, id, signal),
    }),
    [id, approvalId],
  );
  return (
    <LiveScreen live={live} title={words().title} narrow>
      {(found) => <Wizard {...found} />}
    </LiveScreen>
  );
};

/** A dry run that one has come back to; nothing where it is gone, or was of another backup. */
const lookedBefore = async (
  dryRunId: string,
  backupId: string,
  signal: AbortSignal,
): Promise<RestoreRecord | undefined> => {
  const found = await getRestore(dryRunId, signal).catch((thrown: unknown) => {
    if (thrown instanceof Problem && thrown.status === 404) return undefined;
    throw thrown;
  });
  return found?.dryRun === true && found.backupId === backupId ? found : undefined;
};

const Wizard = ({
  backup,
  components,
  approved,
  dryRun,
}: {
  backup: BackupView;
  components: readonly ComponentView[];
  /** What others have approved: the choices begin as it says. */
  approved: ApprovalFacts | undefined;
  /** Made before the page was opened anew: the wizard goes on from it. */
  dryRun: RestoreRecord | undefined;
}) => {
  const t = words();
  const parts = Object.entries(backup.components).filter(
    ([, { state }]) => state === 'SUCCESS' || state === 'PARTIAL',
  );
  const targetOf = (id: string) => components.find((one) => one.id === id)?.target;
  const [choice, setChoice] = useState<Choice>(() => {
    const fresh: Choice = {
      components: parts.map(([id]) => id),
      where: Object.fromEntries(
        parts.map(([id, { kind }]) => [
          id,
          { way: 'beside', place: suggestedPlace(kind, targetOf(id), localDay(now())) },
        ]),
      ),
      existing: 'overwrite',
      passphrase: '',
    };
    return dryRun === undefined
      ? approvedChoice(approved, backup.id, targetOf, fresh)
      : plannedChoice(dryRun, targetOf, fresh);
  });
  const [tried, setTried] = useState(false);
  /** The request that the dry run was made of, so that a later change is noticed. */
  const [looked, setLooked] = useState<{ id: string; of: string } | undefined>(
    // A passphrase is kept nowhere: without it one looks again.
    dryRun === undefined || backup.encryption.mode === 'passphrase'
      ? undefined
      : { id: dryRun.id, of: JSON.stringify(requestOf(choice)) },
  );
  const asText = JSON.stringify(requestOf(choice));
  const looking = useDoing(async () => {
    const { id } = await createRestore(backup.id, { ...requestOf(choice), dryRun: true }, newKey());
    setLooked({ id, of: asText });
    // Whoever loads the page anew goes on from here.
    window.history.replaceState(null, '', to(`/backups/${backup.id}/restore`, { dry: id }));
  });
  const isUnready = choice.components.length === 0 || placeless(choice).length > 0;
  const change = (changed: Partial<Choice>): void => setChoice({ ...choice, ...changed });
  const { label, createdAt, encryption } = backup;
  return (
    <>
      <div>
        <h1>{t.title}</h1>
        <p>
          {t.from} <a href={to(`/backups/${backup.id}`)}>{visible(label)}</a>, <Time at={createdAt} />
        </p>
      </div>
      <form
        class="wizard"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!isUnready) looking.run();
        }}
      >
        <fieldset class="card choices">
          <legend>{t.what}</legend>
          <ComponentList
            components={parts.map(([id, { kind }]) => ({ id, kind }))}
            chosen={choice.components}
            onChosen={(chosen) => change({ components: chosen })}
          />
          {tried && choice.components.length === 0 && <p class="wrong">{t.chooseOne}</p>}
        </fieldset>
        <fieldset class="card choices">
          <legend>{t.where}</legend>
          {choice.components.length > 1 && (
            <p class="actions choose">
              {(['beside', 'own'] as const).map((way) => (
                <button
                  key={way}
                  type="button"
                  class="quiet-button"
                  onClick={() => change({ where: allTo(way, choice, (one) => targetOf(one) !== undefined) })}
                >
                  {way === 'beside' ? t.allBeside : t.allOwn}
                </button>
              ))}
            </p>
          )}
          {choice.components.map((id) => (
            <Place
              key={id}
              id={id}
              where={choice.where[id] ?? { way: 'beside', place: '' }}
              target={targetOf(id)}
              wrong={tried && placeless(choice).includes(id) ? t.choosePlace : undefined}
              onWhere={(where) => change({ where: { ...choice.where, [id]: where } })}
            />
          ))}
        </fieldset>
        <div class="card">
          <Choices<Existing>
            legend={t.rule}
            value={choice.existing}
            onValue={(existing) => change({ existing })}
            options={[
              { value: 'overwrite', name: t.overwrite },
              { value: 'skip', name: t.skip },
              { value: 'refuse', name: t.refuse },
            ]}
          />
        </div>
        {encryption.mode === 'passphrase' && (
          <div class="card">
            <Field
              label={shared().passphrase}
              hint={t.opens}
              value={choice.passphrase}
              onValue={(passphrase) => change({ passphrase })}
              input={{ type: 'password', autoComplete: 'off', required: true }}
            />
          </div>
        )}
        <div class="card look">
          <h2>{t.look}</h2>
          <p class="quiet">{t.lookHint}</p>
          <ProblemNotice problem={looking.problem} />
          <button type="submit" class="main-button" disabled={looking.isBusy}>
            {t.look.replace(/^\d+\. /, '')}
          </button>
          <p role="status" class="quiet">
            {looked !== undefined && looked.of !== asText && t.lookAgain}
          </p>
        </div>
      </form>
      {looked !== undefined && looked.of === asText && (
        <DryRun id={looked.id} backup={backup} choice={choice} />
      )}
    </>
  );
};

const Place = ({
  id,
  where,
  target,
  wrong,
  onWhere,
}: {
  id: string;
  where: Where;
  target: string | undefined;
  wrong: string | undefined;
  onWhere: (where: Where) => void;
}) => {
  const t = words();
  return (
    <div class="place">
      <Choices
        legend={t.whereOf(visible(id))}
        value={where.way}
        onValue={(way) => onWhere({ ...where, way })}
        options={[
          { value: 'beside', name: t.beside, hint: t.besideHint },
          {
            value: 'own',
            name: t.own,
            hint: target === undefined ? '' : t.ownHint(visible(target)),
            off: target === undefined,
          },
        ]}
      />
      {where.way === 'beside' && (
        <Field
          label={t.place(visible(id))}
          value={where.place}
          onValue={(place) => onWhere({ ...where, place })}
          wrong={wrong}
          input={{ maxLength: 4096, spellcheck: false, autoComplete: 'off' }}
        />
      )}
    </div>
  );
};

export const restoreWizardScreen: Screen = {
  path: '/backups/:id/restore',
  below: '/restore',
  needs: 'restore.plan',
  title: () => words().title,
  view: RestoreWizard,
};
