/** What a person chooses on the way to a restore, and the dry run of it. */
import { useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import type { ApprovalFacts } from '../../../model/records/approval.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { type ComponentView, createRestore } from '../../api/calls.ts';
import { type Doing, useDoing } from '../../api/live.ts';
import { type FormState, useForm } from '../../parts/forms/use-form.ts';
import { to } from '../../routing.ts';
import { now } from '../../shown/clock.ts';
import { localDay } from '../../shown/times.ts';
import {
  approvedChoice,
  type Choice,
  freshChoice,
  placeless,
  plannedChoice,
  type Restorable,
  requestOf,
} from './request.ts';

export interface WizardProps {
  readonly backup: BackupView;
  readonly components: readonly ComponentView[];
  /** What others have approved: the choices begin as it says. */
  readonly approved: ApprovalFacts | undefined;
  /** A dry run that was made before the page was loaded again: the wizard continues from it. */
  readonly dryRun: RestoreRecord | undefined;
}

export interface WizardState {
  readonly form: FormState<Choice>;
  /** The components of the backup that can be restored. */
  readonly parts: readonly Restorable[];
  /** Whether somebody has asked for a dry run: from then on the form says what is missing. */
  readonly isTried: boolean;
  /** The dry run of exactly what is chosen now. */
  readonly dryRunId: string | undefined;
  /** Whether something was changed after the dry run. */
  readonly isOutdated: boolean;
  readonly looking: Doing;
  /** Makes the dry run, once everything is chosen. */
  readonly look: () => void;
}

const targetIn =
  (components: WizardProps['components']) =>
  (id: string): string | undefined =>
    components.find((one) => one.id === id)?.target;

const partsOf = ({ backup, components }: WizardProps): Restorable[] =>
  Object.entries(backup.components)
    .filter(([, { state }]) => state === 'SUCCESS' || state === 'PARTIAL')
    .map(([id, { kind }]) => ({ id, kind, target: targetIn(components)(id) }));

const firstChoice = (
  { backup, components, approved, dryRun }: WizardProps,
  parts: readonly Restorable[],
): Choice => {
  const fresh = freshChoice(parts, localDay(now()));
  const targetOf = targetIn(components);
  return dryRun === undefined
    ? approvedChoice(approved, backup.id, targetOf, fresh)
    : plannedChoice(dryRun, targetOf, fresh);
};

export const useWizard = (props: WizardProps): WizardState => {
  const { backup, dryRun } = props;
  const parts = partsOf(props);
  const form = useForm(() => firstChoice(props, parts));
  const request = requestOf(form.values);
  const asText = JSON.stringify(request);
  const [isTried, setIsTried] = useState(false);
  /** The dry run, and the request that it was made of. */
  const [looked, setLooked] = useState<{ id: string; of: string } | undefined>(
    // The page stores no passphrase. Without it, an archive under a passphrase needs a new dry run.
    dryRun === undefined || backup.encryption.mode === 'passphrase'
      ? undefined
      : { id: dryRun.id, of: asText },
  );
  const looking = useDoing(async () => {
    const { id } = await createRestore(backup.id, { ...request, dryRun: true }, newKey());
    setLooked({ id, of: asText });
    // If somebody loads the page again, it continues from this dry run.
    window.history.replaceState(null, '', to(`/backups/${backup.id}/restore`, { dry: id }));
  });
  return {
    form,
    parts,
    isTried,
    dryRunId: looked?.of === asText ? looked.id : undefined,
    isOutdated: looked !== undefined && looked.of !== asText,
    looking,
    look: () => {
      setIsTried(true);
      if (form.values.components.length > 0 && placeless(form.values).length === 0) looking.run();
    },
  };
};
