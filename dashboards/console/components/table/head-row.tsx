/** The head of a table: a cell for each name. */
export const HeadRow = ({ names }: { readonly names: readonly string[] }) => (
  <tr>
    {names.map((name) => (
      <th key={name} scope="col">
        {name}
      </th>
    ))}
  </tr>
);
