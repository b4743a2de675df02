/** The way to a restore: choose what comes back and where it goes, look at what would happen, and only then restore. */
import { useState } from 'preact/hooks';
import { Problem } from '../../../client/problem.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { getApproval, getBackup, getRestore, listComponents } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { Existing, Passphrase, Places, What } from './choices.tsx';
import { DryRun } from './dry-run.tsx';
import { useWizard, type WizardProps, type WizardState } from './use-wizard.ts';
import { words } from './words.ts';

const RestoreWizard = ({ params, query }: ScreenProps) => {
  const id = params.id ?? '';
  const approvalId = query.get('approval');
  // The dry run in the address when the page was opened. A later one, which the wizard writes there, changes nothing
  // here.
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

/** The dry run that somebody comes back to; undefined if it is gone, or is of another backup. */
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

const Wizard = (props: WizardProps) => {
  const t = words();
  const { backup } = props;
  const wizard = useWizard(props);
  return (
    <>
      <div>
        <h1>{t.title}</h1>
        <p>
          {t.from} <a href={to(`/backups/${backup.id}`)}>{visible(backup.label)}</a>,{' '}
          <Time at={backup.createdAt} />
        </p>
      </div>
      <form class="wizard" onSubmit={onSubmit(wizard.look)}>
        <What {...wizard} />
        <Places {...wizard} />
        <Existing {...wizard} />
        <Passphrase {...wizard} backup={backup} />
        <Look {...wizard} />
      </form>
      {wizard.dryRunId !== undefined && (
        <DryRun id={wizard.dryRunId} backup={backup} choice={wizard.form.values} />
      )}
    </>
  );
};

const Look = ({ looking, isOutdated }: WizardState) => {
  const t = words();
  return (
    <div class="card look">
      <h2>{t.look}</h2>
      <p class="quiet">{t.lookHint}</p>
      <ProblemNotice problem={looking.problem} />
      <button type="submit" class="main-button" disabled={looking.isBusy}>
        {t.look.replace(/^\d+\. /, '')}
      </button>
      <p role="status" class="quiet">
        {isOutdated && t.lookAgain}
      </p>
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
