import { Notice } from '../../parts/notice.tsx';
import type { Need } from './needs.ts';
import { words } from './words.ts';

/** What needs a person; or that nothing does. */
export const Attention = ({ needs }: { needs: readonly Need[] }) => {
  const t = words();
  return (
    <section class="card attention" aria-labelledby="attention">
      <h2 id="attention">{t.attention}</h2>
      {needs.length === 0 && <Notice tone="good" title={t.nothingToDo} />}
      <ul class="plain-list">
        {needs.map(({ id, tone, title, text, link }) => (
          <li key={id}>
            <Notice tone={tone} title={title}>
              {text !== undefined && text !== '' && <p>{text}</p>}
              {link !== undefined && <a href={link.href}>{link.text}</a>}
            </Notice>
          </li>
        ))}
      </ul>
    </section>
  );
};
