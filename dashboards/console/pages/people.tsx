import { useMemo, useState } from 'preact/hooks';
import { addPerson, changePerson, erasePerson, invite } from '#dashboards/console/api/account.ts';
import type { OneTimeLink, PersonRole, PersonRow } from '#dashboards/console/api/types.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { PageNote } from '#dashboards/console/components/common/page-note.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ChangeButton } from '#dashboards/console/components/forms/change-button.tsx';
import { ConfirmDialog } from '#dashboards/console/components/forms/confirm-dialog.tsx';
import { ChoiceField, TextField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { LinkDialog } from '#dashboards/console/components/people/link-dialog.tsx';
import { PersonStatus } from '#dashboards/console/components/people/person-status.tsx';
import { roleNamed, RoleOptions } from '#dashboards/console/components/people/role-options.tsx';
import { session } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface ShownLink {
  readonly name: string;
  readonly link: OneTimeLink;
}

/** The page of people and their roles, for operators. */
export const PeoplePage = () => {
  const { pages, people } = useTexts();
  const known = useStore(session);
  if (known === undefined) return <PersonStatus />;
  const role = known.not_allowed['listPeople'];
  if (role !== undefined) return <PageNote title={pages.people} text={people.pageNeedsRole(people.roles[role])} />;
  return <Everybody />;
};

const Everybody = () => {
  const { pages, people } = useTexts();
  const { remote, data, again } = useDocument<{ people: PersonRow[] }>('/v1/people');
  const [isAdding, setAdding] = useState(false);
  const [shown, setShown] = useState<ShownLink>();
  return (
    <>
      <div class="section-head">
        <h1>{pages.people}</h1>
        <ChangeButton operation="addPerson" isPrimary onClick={() => setAdding(true)}>
          {people.add}
        </ChangeButton>
      </div>
      <p class="lead">{people.peopleLead}</p>
      <RemoteStatus remote={remote} again={again} />
      {data !== undefined && <PeopleTable people={data.people} onDone={again} onLink={setShown} />}
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

interface PersonProps {
  readonly person: PersonRow;
  readonly onDone: () => void;
}

interface PersonActionsProps extends PersonProps {
  readonly onLink: (shown: ShownLink) => void;
}

interface PeopleTableProps extends Omit<PersonActionsProps, 'person'> {
  readonly people: readonly PersonRow[];
}

const columnsOf = (
  { locale, none, people }: Catalogue,
  { onDone, onLink }: Omit<PersonActionsProps, 'person'>,
): readonly TableColumn<PersonRow>[] => {
  const roleOf = ({ role }: PersonRow): string => (role === null ? none : people.roles[role]);
  const stateText = (person: PersonRow): string => people.states[stateOf(person)];
  return [
    { name: 'name', title: people.name, key: ({ name }) => name, cell: ({ name }) => name },
    { name: 'login', title: people.login, key: ({ login }) => login ?? '', cell: ({ login }) => login ?? none },
    {
      name: 'role',
      title: people.role,
      key: roleOf,
      filter: roleOf,
      cell: (person) =>
        person.role === null ? none : <RoleField person={person} role={person.role} onDone={onDone} />,
    },
    { name: 'state', title: people.state, key: stateText, filter: stateText, cell: stateText },
    { name: 'phone', title: people.phone, key: ({ phone }) => phone ?? '', cell: ({ phone }) => phone ?? none },
    {
      name: 'seen',
      title: people.lastSeen,
      key: (person) => person.last_seen ?? '',
      cell: (person) => (person.last_seen === null ? none : formatTime(locale, person.last_seen)),
    },
    {
      name: 'actions',
      title: people.actions,
      cell: (person) => <PersonActions {...{ person, onDone, onLink }} />,
    },
  ];
};

const PeopleTable = ({ people, onDone, onLink }: PeopleTableProps) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts, { onDone, onLink }), [texts]);
  return (
    <DataTable
      label={texts.pages.people}
      rows={people}
      columns={columns}
      idOf={({ id }) => String(id)}
      textOf={({ name, login, phone }) => `${name} ${login ?? ''} ${phone ?? ''}`}
      marksOf={(person) => ({ 'data-person': person.id, 'data-state': stateOf(person) })}
    />
  );
};

const PersonActions = ({ person, onDone, onLink }: PersonActionsProps) => {
  const { people } = useTexts();
  const [isErasing, setErasing] = useState(false);
  const changing = useChange(onDone);
  const state = stateOf(person);
  const link = async (): Promise<void> => {
    const made = await invite(person, state === 'joined' ? 'reset' : 'join');
    onLink({ name: person.name, link: made });
  };
  return (
    <>
      <div class="actions">
        {(state === 'joined' || state === 'invited') && (
          <ChangeButton operation="invitePerson" onClick={() => changing.ask(link)}>
            {state === 'joined' ? people.reset : people.link}
          </ChangeButton>
        )}
        {state !== 'contact' && (
          <ChangeButton
            operation="changePerson"
            onClick={() => changing.ask(() => changePerson(person, { disabled: state !== 'disabled' }))}
          >
            {state === 'disabled' ? people.enable : people.disable}
          </ChangeButton>
        )}
        <ChangeButton operation="erasePerson" onClick={() => setErasing(true)}>
          {people.erase}
        </ChangeButton>
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
    </>
  );
};

interface RoleFieldProps extends PersonProps {
  readonly role: PersonRole;
}

const RoleField = ({ person, role, onDone }: RoleFieldProps) => {
  const { people } = useTexts();
  const changing = useChange(onDone);
  const set = (chosen: string): void => {
    const next = roleNamed(chosen);
    if (next !== undefined) changing.ask(() => changePerson(person, { role: next }));
  };
  return (
    <>
      <select
        aria-label={`${people.role}: ${person.name}`}
        value={role}
        onChange={(event) => set(event.currentTarget.value)}
      >
        <RoleOptions />
      </select>
      {changing.failed !== undefined && <span role="alert">{changing.failed}</span>}
      {changing.dialog}
    </>
  );
};

/** Without a sign-in name a person is a contact, whom this form does not add. */
const RULES_OF_A_SIGN_IN = { ...RULES.person, login: { ...RULES.person.login, isRequired: true } } as const;

interface AddDialogProps {
  readonly onDone: () => void;
  readonly onLink: (shown: ShownLink) => void;
  readonly onClose: () => void;
}

const AddDialog = ({ onDone, onLink, onClose }: AddDialogProps) => {
  const { people } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const add = async (field: Field): Promise<void> => {
    const [name, phone, email] = [field('name'), field('phone'), field('email')];
    const role = roleNamed(field('role')) ?? 'viewer';
    const body = {
      name,
      login: field('login'),
      role,
      ...(phone === '' ? {} : { phone }),
      ...(email === '' ? {} : { email }),
    };
    const { invitation } = await addPerson(body);
    if (invitation !== null) onLink({ name, link: invitation });
  };
  return (
    <FormDialog
      title={people.add}
      action={people.add}
      onSubmit={(field) => changing.ask(() => add(field))}
      onClose={onClose}
      rules={RULES_OF_A_SIGN_IN}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      <TextField name="name" label={people.name} />
      <TextField name="login" label={people.login} />
      <ChoiceField name="role" label={people.role}>
        <RoleOptions selected="duty" />
      </ChoiceField>
      <TextField name="phone" label={people.phone} inputMode="tel" />
      <TextField name="email" label={people.email} inputMode="email" />
    </FormDialog>
  );
};
