/** The domains: listed, made, and removed while they are empty. */
import { useState } from 'preact/hooks';
import type { DomainView } from '../../../model/records/access.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createDomain, deleteDomain, listDomains } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Check, Field } from '../../parts/forms/field.tsx';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useAsked } from '../../parts/use-asked.ts';
import { type Screen, useMay } from '../../screen.ts';
import { words } from './words.ts';

const Domains = () => {
  const t = words();
  const may = useMay();
  const live = useLive(listDomains, []);
  const { asked, ask, close } = useAsked<'create' | DomainView>(live.reload);
  return (
    <LiveScreen
      live={live}
      head={
        <ScreenHead title={t.title} lead={t.lead}>
          {may('domain.write') && (
            <button type="button" class="main-button" onClick={() => ask('create')}>
              {t.create}
            </button>
          )}
        </ScreenHead>
      }
    >
      {({ resources }) => (
        <>
          {resources.length === 0 ? (
            <Empty title={t.none} />
          ) : (
            <div class="card">
              <StackedTable columns={[t.name, t.components, t.source, { unseen: t.actions }]}>
                {resources.map((domain) => (
                  <Domain key={domain.name} domain={domain} onRemove={() => ask(domain)} />
                ))}
              </StackedTable>
            </div>
          )}
          {asked === 'create' && <Create onClose={close} />}
          {asked !== undefined && asked !== 'create' && <Remove domain={asked} onClose={close} />}
        </>
      )}
    </LiveScreen>
  );
};

const Domain = ({
  domain: { name, components, source, createdAt, createdBy },
  onRemove,
}: {
  domain: DomainView;
  onRemove: () => void;
}) => {
  const t = words();
  const may = useMay();
  return (
    <tr>
      <th scope="row">
        <span class="name break">{visible(name)}</span>
      </th>
      <td data-name={t.components} class="break">
        {components.length === 0 ? (
          <span class="quiet">{t.noComponents}</span>
        ) : (
          components.map(visible).join(', ')
        )}
      </td>
      <td data-name={t.source}>
        {source === 'configuration' ? (
          t.configuration
        ) : (
          <>
            {t.made(visible(createdBy ?? ''))}, <Time at={createdAt} />
          </>
        )}
      </td>
      <td>
        {source === 'api' && may('domain.write') && (
          <button
            type="button"
            class="danger"
            onClick={onRemove}
            aria-label={`${t.remove}: ${visible(name)}`}
          >
            {t.remove}
          </button>
        )}
      </td>
    </tr>
  );
};

const Create = ({ onClose }: { onClose: () => void }) => {
  const t = words();
  const [name, setName] = useState('');
  return (
    <Confirm
      title={t.create}
      name={t.createNow}
      isDanger={false}
      onClose={onClose}
      act={async () => {
        await createDomain(name);
        onClose();
      }}
    >
      <p class="quiet">{t.createHint}</p>
      <Field
        label={t.name}
        hint={t.nameHint}
        value={name}
        onValue={setName}
        input={{ required: true, maxLength: 63, spellcheck: false, autoComplete: 'off' }}
      />
    </Confirm>
  );
};

const Remove = ({ domain: { name }, onClose }: { domain: DomainView; onClose: () => void }) => {
  const t = words();
  const [deleteKeys, setDeleteKeys] = useState(false);
  return (
    <Confirm
      title={t.removeTitle}
      name={t.remove}
      onClose={onClose}
      act={async () => {
        await deleteDomain(name, deleteKeys);
        onClose();
      }}
    >
      <p>{t.removeText(visible(name))}</p>
      <Check label={t.deleteKeys} hint={t.deleteKeysHint} checked={deleteKeys} onChecked={setDeleteKeys} />
    </Confirm>
  );
};

export const domainsScreen: Screen = {
  path: '/domains',
  needs: 'domain.read',
  menu: { name: () => words().title, icon: 'domains', isAdministration: true },
  title: () => words().title,
  view: Domains,
};
