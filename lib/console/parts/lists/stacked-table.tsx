/** A short table. On a telephone its rows become blocks. */
import type { ComponentChildren } from 'preact';

export const StackedTable = ({
  columns,
  children,
}: {
  /** The names of the columns. Only screen readers get an `unseen` name: the one of the buttons. */
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
