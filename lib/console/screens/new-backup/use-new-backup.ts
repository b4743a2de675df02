/** What a person chooses for a backup, and the request that begins it. */
import { useMemo, useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import { createBackup } from '../../api/calls.ts';
import { type Doing, useDoing } from '../../api/live.ts';
import { type NewSecretState, useNewSecret } from '../../parts/forms/new-secret.tsx';
import { type FormState, useForm } from '../../parts/forms/use-form.ts';
import { go } from '../../routing.ts';
import { useFrame } from '../../screen.ts';
import { words } from './words.ts';

export interface NewBackupForm {
  readonly label: string;
  readonly description: string;
  readonly which: 'all' | 'some';
  readonly chosen: readonly string[];
  readonly way: 'key' | 'passphrase';
  readonly includeLogs: boolean;
}

const empty: NewBackupForm = {
  label: 'manual',
  description: '',
  which: 'all',
  chosen: [],
  way: 'key',
  includeLogs: true,
};

const requestOf = (
  { label, description, which, chosen, way, includeLogs }: NewBackupForm,
  passphrase: string,
) => ({
  ...(label !== '' && { label }),
  description,
  includeLogs,
  ...(which === 'some' && { components: [...chosen] }),
  ...(way === 'passphrase' && { passphrase }),
});

export const useNewBackup = (): {
  readonly form: FormState<NewBackupForm>;
  /** The passphrase, for a backup that has one. */
  readonly secret: NewSecretState;
  /** What is wrong with the choice of components, once somebody has tried to begin. */
  readonly wrong: string | undefined;
  readonly doing: Doing;
  readonly submit: () => void;
} => {
  const { refreshStatus } = useFrame();
  const form = useForm(empty);
  const secret = useNewSecret();
  const [isTried, setIsTried] = useState(false);
  const request = requestOf(form.values, secret.value);
  // A request with the same key makes no second backup, even if it is sent again because its answer was lost.
  const idempotencyKey = useMemo(() => newKey(), [JSON.stringify(request)]);
  const doing = useDoing(async () => {
    const { id } = await createBackup(request, idempotencyKey);
    refreshStatus();
    go(`/backups/${id}`);
  });
  const { which, chosen, way } = form.values;
  const isUnchosen = which === 'some' && chosen.length === 0;
  return {
    form,
    secret,
    wrong: isTried && isUnchosen ? words().chooseOne : undefined,
    doing,
    submit: () => {
      setIsTried(true);
      const isSecret = way !== 'passphrase' || secret.check();
      if (!isUnchosen && isSecret) doing.run();
    },
  };
};
