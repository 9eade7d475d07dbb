import type { ComponentChildren } from 'preact';

interface TableFrameProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A card around a table that may be wider than the screen: it scrolls, also by the keyboard. Its section is the landmark. */
export const TableFrame = ({ label, children }: TableFrameProps) => (
  <div class="card table" role="group" aria-label={label} tabIndex={0}>
    {children}
  </div>
);
