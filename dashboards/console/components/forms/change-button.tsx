import type { ComponentChildren } from 'preact';
import { useIsOffered, useMissingRole } from '#dashboards/console/state/rights.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface ChangeButtonProps {
  /** Operation of the API (`operationId`) that the button leads to. */
  readonly operation: string;
  readonly onClick: () => void;
  readonly isPrimary?: true;
  readonly isDisabled?: boolean;
  readonly label?: string;
  readonly children: ComponentChildren;
}

/** A button that changes something; it is not there for a person whose role does not allow it. */
export const ChangeButton = ({ operation, onClick, isPrimary, isDisabled, label, children }: ChangeButtonProps) => {
  if (!useIsOffered(operation)) return null;
  return (
    <button
      type="button"
      class={isPrimary === true ? 'primary' : undefined}
      disabled={isDisabled === true}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
};

/** Why a page has no buttons for this person. */
export const RoleNote = ({ operation }: { readonly operation: string }) => {
  const { people } = useTexts();
  const isOffered = useIsOffered(operation);
  const role = useMissingRole(operation);
  if (isOffered || role === undefined) return null;
  return (
    <p class="note" data-needs={role}>
      {people.needsRole(people.roles[role])}
    </p>
  );
};
