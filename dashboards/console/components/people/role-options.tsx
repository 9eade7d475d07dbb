import type { PersonRole } from '#dashboards/console/api/types.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

const ROLES = ['viewer', 'duty', 'analyst', 'operator'] as const satisfies readonly PersonRole[];

/** The role with this name; undefined for another text. */
export const roleNamed = (text: string): PersonRole | undefined => ROLES.find((each) => each === text);

interface RoleOptionsProps {
  /** The role that is chosen first, unless the select has a value. */
  readonly selected?: PersonRole;
}

/** The four roles as options of a select. */
export const RoleOptions = ({ selected }: RoleOptionsProps) => {
  const { people } = useTexts();
  return (
    <>
      {ROLES.map((each) => (
        <option key={each} value={each} selected={each === selected}>
          {people.roles[each]}
        </option>
      ))}
    </>
  );
};
