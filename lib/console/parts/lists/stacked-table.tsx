/** A short table whose rows become blocks on a telephone. */
import type { ComponentChildren } from 'preact';

export const StackedTable = ({
  columns,
  children,
}: {
  /** Their names; one that is undefined is that of the buttons, and told to screen readers alone. */
  readonly columns: readonly (string | { readonly unseen: string })[];
  readonly children: ComponentChildren;
}) => (
  <table class="stacked">
    <thead>
      <tr>
        {columns.map((column) =>
          typeof column === 'string' ? (
            <th key={column} scope="col">
              {column}
            </th>
          ) : (
            <th key={column.unseen} scope="col">
              <span class="unseen">{column.unseen}</span>
            </th>
          ),
        )}
      </tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);
