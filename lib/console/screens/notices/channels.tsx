import { useState } from 'preact/hooks';
import type { ChannelTest, ChannelView } from '../../../model/notices/notice-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listChannels, testChannel } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { Empty, Loading, Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words } from './words.ts';

export const Channels = ({ onTested }: { onTested: () => void }) => {
  const t = words();
  const live = useLive(listChannels, []);
  const channels = live.value?.resources;
  return (
    <section class="card" aria-labelledby="channels">
      <h2 id="channels">{t.channels}</h2>
      <ProblemNotice problem={live.problem} onRetry={live.reload} />
      {channels === undefined && live.problem === undefined && <Loading />}
      {channels?.length === 0 && (
        <Empty title={t.noChannels}>
          <p class="quiet">{t.noChannelsHint}</p>
        </Empty>
      )}
      {channels !== undefined && channels.length > 0 && (
        <StackedTable columns={[t.channel, t.stands, { unseen: t.actions }]}>
          {channels.map((channel) => (
            <Channel
              key={channel.id}
              channel={channel}
              onTested={() => {
                live.reload();
                onTested();
              }}
            />
          ))}
        </StackedTable>
      )}
    </section>
  );
};

const Channel = ({ channel, onTested }: { channel: ChannelView; onTested: () => void }) => {
  const t = words();
  const may = useMay();
  const { id, target, secrets } = channel;
  const [tested, setTested] = useState<ChannelTest | undefined>();
  const testing = useDoing(async () => {
    setTested(undefined);
    setTested(await testChannel(id));
    onTested();
  });
  return (
    <tr>
      <th scope="row">
        <span class="name break">{visible(id)}</span>
        <span class="quiet break">{visible(target)}</span>
        {secrets.length > 0 && (
          <span class="quiet break">
            {t.secrets} {secrets.map(visible).join(', ')}
          </span>
        )}
      </th>
      <td data-name={t.stands}>
        <Standing channel={channel} />
        <div role="status">{tested !== undefined && <Tested tested={tested} />}</div>
        <ProblemNotice problem={testing.problem} />
      </td>
      <td>
        {may('notice.write') && (
          <button
            type="button"
            onClick={testing.run}
            disabled={testing.isBusy}
            aria-label={`${t.test}: ${visible(id)}`}
          >
            {t.test}
          </button>
        )}
      </td>
    </tr>
  );
};

const Standing = ({
  channel: { enabled, disabledAt, reason, waiting, lastAnswer, lastAnsweredAt, lastDelivered },
}: {
  channel: ChannelView;
}) => {
  const t = words();
  return (
    <>
      <span class={`badge ${enabled ? 'good' : 'bad'}`}>{enabled ? t.on : t.off}</span>{' '}
      {waiting > 0 && <span class="quiet">{t.waiting(counted(waiting))}</span>}
      {!enabled && (
        <p>
          <Time at={disabledAt} /> <span class="quiet">{visible(reason)}</span>
        </p>
      )}
      {lastAnsweredAt !== null && (
        <p class="quiet break">
          {lastDelivered === true ? t.lastTaken : t.lastNotTaken} <Time at={lastAnsweredAt} />:{' '}
          {visible(lastAnswer)}
        </p>
      )}
    </>
  );
};

const Tested = ({ tested: { delivered, answer } }: { tested: ChannelTest }) => (
  <Notice tone={delivered ? 'good' : 'bad'} title={delivered ? words().arrived : words().notArrived}>
    <p>{visible(answer)}</p>
  </Notice>
);
