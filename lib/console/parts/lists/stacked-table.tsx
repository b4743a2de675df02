/** A short table. On a telephone its rows become blocks. */
import type { ComponentChildren } from 'preact';

/** The name of a column. Only screen readers get an `unseen` one: that of the buttons. A column of numbers is on the right. */
type Column = string | { readonly unseen: string } | { readonly numbers: string };

export const StackedTable = ({
  columns,
  children,
}: {
  readonly columns: readonly Column[];
  readonly children: ComponentChildren;
}) => (
  <table class="stacked">
    <thead>
      <tr>{columns.map(headOf)}</tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);

const headOf = (column: Column): ComponentChildren => {
  if (typeof column === 'string')
    return (
      <th key={column} scope="col">
        {column}
      </th>
    );
  if ('numbers' in column)
    return (
      <th key={column.numbers} scope="col" class="number">
        {column.numbers}
      </th>
    );
  return (
    <th key={column.unseen} scope="col">
      <span class="unseen">{column.unseen}</span>
    </th>
  );
};
