import { useState } from 'preact/hooks';
import { addPerson, changePerson, erasePerson, invite } from '#dashboards/console/api/account.ts';
import type { OneTimeLink, PersonRole, PersonRow } from '#dashboards/console/api/types.ts';
import { Failure } from '#dashboards/console/components/common/failure.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { HeadRow } from '#dashboards/console/components/table/head-row.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ConfirmDialog } from '#dashboards/console/components/forms/confirm-dialog.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/form.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { LinkDialog } from '#dashboards/console/components/people/link-dialog.tsx';
import { roleNamed, RoleOptions } from '#dashboards/console/components/people/role-options.tsx';
import { session } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface ShownLink {
  readonly name: string;
  readonly link: OneTimeLink;
}

/** The page of people and their roles, for operators. */
export const PeoplePage = () => {
  const { people } = useTexts();
  const known = useStore(session);
  if (known?.role !== 'operator') return <p class="note">{people.forOperators}</p>;
  return <Everybody />;
};

const Everybody = () => {
  const { loading, pages, people } = useTexts();
  const { data, error, again } = useDocument<{ people: PersonRow[] }>('/v1/people');
  const [isAdding, setAdding] = useState(false);
  const [shown, setShown] = useState<ShownLink>();
  const columns = [people.name, people.login, people.role, people.state, people.phone, people.lastSeen, people.actions];
  return (
    <>
      <div class="section-head">
        <h1>{pages.people}</h1>
        <button type="button" class="primary" onClick={() => setAdding(true)}>
          {people.add}
        </button>
      </div>
      <p class="lead">{people.peopleLead}</p>
      {error !== undefined && <Failure error={error} again={again} />}
      {data === undefined && error === undefined && <p class="note">{loading}</p>}
      {data !== undefined && (
        <TableFrame label={pages.people}>
          <table>
            <thead>
              <HeadRow names={columns} />
            </thead>
            <tbody>
              {data.people.map((person) => (
                <Row key={person.id} person={person} onDone={again} onLink={setShown} />
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
      {isAdding && <AddDialog onDone={again} onLink={setShown} onClose={() => setAdding(false)} />}
      {shown !== undefined && <LinkDialog {...shown} onClose={() => setShown(undefined)} />}
    </>
  );
};

const stateOf = ({ login, disabled_at: disabledAt, can_sign_in: canSignIn }: PersonRow) => {
  if (disabledAt !== undefined) return 'disabled';
  if (login === null) return 'contact';
  return canSignIn ? 'joined' : 'invited';
};

interface RowProps {
  readonly person: PersonRow;
  readonly onDone: () => void;
  readonly onLink: (shown: ShownLink) => void;
}

const Row = ({ person, onDone, onLink }: RowProps) => {
  const { locale, none, people } = useTexts();
  const [isErasing, setErasing] = useState(false);
  const changing = useChange(onDone);
  const state = stateOf(person);
  const link = async (): Promise<void> => {
    const made = await invite(person, state === 'joined' ? 'reset' : 'join');
    onLink({ name: person.name, link: made });
  };
  return (
    <tr data-person={person.id} data-state={state}>
      <th scope="row">{person.name}</th>
      <td>{person.login ?? none}</td>
      <td>{person.role === null ? none : <RoleField person={person} role={person.role} changing={changing} />}</td>
      <td>{people.states[state]}</td>
      <td>{person.phone ?? none}</td>
      <td>{person.last_seen === null ? none : formatTime(locale, person.last_seen)}</td>
      <td>
        <div class="actions">
          {(state === 'joined' || state === 'invited') && (
            <button type="button" onClick={() => changing.ask(link)}>
              {state === 'joined' ? people.reset : people.link}
            </button>
          )}
          {state !== 'contact' && (
            <button
              type="button"
              onClick={() => changing.ask(() => changePerson(person, { disabled: state !== 'disabled' }))}
            >
              {state === 'disabled' ? people.enable : people.disable}
            </button>
          )}
          <button type="button" onClick={() => setErasing(true)}>
            {people.erase}
          </button>
        </div>
        {changing.failed !== undefined && <span role="alert">{changing.failed}</span>}
        {changing.dialog}
        {isErasing && (
          <ConfirmDialog
            title={people.eraseTitle(person.name)}
            action={people.erase}
            text={people.eraseText}
            change={() => erasePerson(person)}
            onDone={onDone}
            onClose={() => setErasing(false)}
          />
        )}
      </td>
    </tr>
  );
};

interface RoleFieldProps {
  readonly person: PersonRow;
  readonly role: PersonRole;
  readonly changing: ReturnType<typeof useChange>;
}

const RoleField = ({ person, role, changing }: RoleFieldProps) => {
  const { people } = useTexts();
  const set = (chosen: string): void => {
    const next = roleNamed(chosen);
    if (next !== undefined) changing.ask(() => changePerson(person, { role: next }));
  };
  return (
    <select
      aria-label={`${people.role}: ${person.name}`}
      value={role}
      onChange={(event) => set(event.currentTarget.value)}
    >
      <RoleOptions />
    </select>
  );
};

interface AddDialogProps {
  readonly onDone: () => void;
  readonly onLink: (shown: ShownLink) => void;
  readonly onClose: () => void;
}

const AddDialog = ({ onDone, onLink, onClose }: AddDialogProps) => {
  const { alert, people } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const add = async (field: Field): Promise<void> => {
    const [name, phone] = [field('name'), field('phone')];
    const role = roleNamed(field('role')) ?? 'viewer';
    const body = { name, login: field('login'), role, ...(phone === '' ? {} : { phone }) };
    const { invitation } = await addPerson(body);
    if (invitation !== null) onLink({ name, link: invitation });
  };
  return (
    <FormDialog
      title={people.add}
      action={people.add}
      onSubmit={(field) => changing.ask(() => add(field))}
      onClose={onClose}
      failed={changing.failed}
      above={changing.dialog}
    >
      <label>
        {people.name}
        <input name="name" required maxLength={100} autocomplete="off" />
      </label>
      <label>
        {people.login}
        <input name="login" required maxLength={63} autocomplete="off" autocapitalize="none" />
      </label>
      <label>
        {people.role}
        <select name="role">
          <RoleOptions selected="duty" />
        </select>
      </label>
      <label>
        {people.phone} <small>({alert.optional})</small>
        <input name="phone" type="tel" maxLength={24} autocomplete="off" />
      </label>
    </FormDialog>
  );
};
