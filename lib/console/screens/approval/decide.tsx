/** What the person who is signed in can answer to a request for approval. */
import { useState } from 'preact/hooks';
import type { ApprovalView } from '../../../model/records/approval.ts';
import { approvePlan, rejectPlan, withdrawPlan } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Field } from '../../parts/forms/field.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useFrame, useMay } from '../../screen.ts';
import { words } from '../approvals/words.ts';

interface DecideProps {
  readonly approval: ApprovalView;
  readonly onChanged: () => void;
}

export const Decide = (props: DecideProps) => {
  const may = useMay();
  const { principal } = useFrame().session;
  const { requestedBy } = props.approval;
  if (requestedBy.id === principal.id && requestedBy.kind === principal.kind) return <Withdraw {...props} />;
  return may('approval.grant') ? <ApproveOrReject {...props} /> : null;
};

const Withdraw = ({ approval: { id }, onChanged }: DecideProps) => {
  const doing = useDoing(async () => {
    await withdrawPlan(id);
    onChanged();
  });
  return (
    <>
      <ProblemNotice problem={doing.problem} />
      <div class="actions">
        <button type="button" onClick={doing.run} disabled={doing.isBusy}>
          {words().withdraw}
        </button>
      </div>
    </>
  );
};

const ApproveOrReject = ({ approval: { id, digest, approvals }, onChanged }: DecideProps) => {
  const t = words();
  const { principal } = useFrame().session;
  const [comment, setComment] = useState('');
  const said = comment.trim();
  const approving = useDoing(async () => {
    await approvePlan(id, { digest, ...(said !== '' && { comment: said }) });
    onChanged();
  });
  const rejecting = useDoing(async () => {
    await rejectPlan(id, said === '' ? {} : { reason: said });
    onChanged();
  });
  const isPerson = principal.kind === 'person';
  const hasApproved = approvals.some(({ by }) => by.id === principal.id);
  const mayApprove = isPerson && !hasApproved;
  const isBusy = approving.isBusy || rejecting.isBusy;
  return (
    <form
      class="card stack"
      onSubmit={onSubmit(() => {
        if (mayApprove) approving.run();
      })}
    >
      <h2>{t.decide}</h2>
      {!isPerson && <Notice tone="plain" title={t.tokenMayNot} />}
      {hasApproved && <Notice tone="plain" title={t.hasApproved} />}
      <Field
        label={t.comment}
        {...(mayApprove && { hint: t.approveHint })}
        value={comment}
        onValue={setComment}
        input={{ maxLength: 500, autoComplete: 'off' }}
      />
      <ProblemNotice problem={approving.problem ?? rejecting.problem} />
      <div class="actions">
        {mayApprove && (
          <button type="submit" class="main-button" disabled={isBusy}>
            {t.approve}
          </button>
        )}
        <button type="button" class="danger" onClick={rejecting.run} disabled={isBusy}>
          {t.reject}
        </button>
      </div>
    </form>
  );
};
