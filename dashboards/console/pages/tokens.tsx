import { useMemo, useState } from 'preact/hooks';
import { addToken, revokeToken } from '#dashboards/console/api/account.ts';
import type { IssuedToken, ProgramToken } from '#dashboards/console/api/types.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { PageNote } from '#dashboards/console/components/common/page-note.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ChangeButton } from '#dashboards/console/components/forms/change-button.tsx';
import { ConfirmDialog } from '#dashboards/console/components/forms/confirm-dialog.tsx';
import { Dialog } from '#dashboards/console/components/forms/dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { ChoiceField, TextField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { PersonStatus } from '#dashboards/console/components/people/person-status.tsx';
import { roleNamed, RoleOptions } from '#dashboards/console/components/people/role-options.tsx';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { changed } from '#dashboards/console/state/remote.ts';
import { session } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

const SPANS = ['7d', '30d', '90d', '365d'] as const;

/** The page of the tokens of programs, for operators. */
export const TokensPage = () => {
  const { pages, people } = useTexts();
  const known = useStore(session);
  if (known === undefined) return <PersonStatus />;
  const role = known.not_allowed['listTokens'];
  if (role !== undefined) return <PageNote title={pages.tokens} text={people.pageNeedsRole(people.roles[role])} />;
  return <AllTokens />;
};

const AllTokens = () => {
  const { pages, people } = useTexts();
  const { remote, again } = useDocument<{ tokens: ProgramToken[] }>('/v1/tokens');
  const tokens = changed(remote, (answer): readonly ProgramToken[] => answer.tokens);
  const [isAdding, setAdding] = useState(false);
  const [issued, setIssued] = useState<IssuedToken>();
  return (
    <>
      <div class="section-head">
        <h1>{pages.tokens}</h1>
        <ChangeButton operation="addToken" isPrimary onClick={() => setAdding(true)}>
          {people.tokenAdd}
        </ChangeButton>
      </div>
      <p class="lead">{people.tokensLead}</p>
      <LoadedList remote={tokens} again={again} none={people.tokenNone}>
        {(all) => <TokenTable tokens={all} onDone={again} />}
      </LoadedList>
      {isAdding && <AddDialog onDone={again} onIssued={setIssued} onClose={() => setAdding(false)} />}
      {issued !== undefined && <SecretDialog issued={issued} onClose={() => setIssued(undefined)} />}
    </>
  );
};

interface TokenTableProps {
  readonly tokens: readonly ProgramToken[];
  readonly onDone: () => void;
}

const columnsOf = ({ people, locale }: Catalogue, onDone: () => void): readonly TableColumn<ProgramToken>[] => [
  { name: 'name', title: people.tokenName, key: ({ name }) => name, cell: ({ name }) => name },
  {
    name: 'role',
    title: people.role,
    key: ({ role }) => people.roles[role],
    filter: ({ role }) => people.roles[role],
    cell: ({ role }) => people.roles[role],
  },
  {
    name: 'made',
    title: people.tokenMade,
    key: (token) => token.created_at,
    cell: (token) => formatTime(locale, token.created_at),
  },
  {
    name: 'until',
    title: people.tokenUntil,
    key: ({ until }) => until,
    cell: ({ until }) => formatTime(locale, until),
  },
  {
    name: 'used',
    title: people.tokenUsed,
    key: (token) => token.used_at ?? '',
    cell: (token) => (token.used_at === undefined ? people.tokenNever : formatTime(locale, token.used_at)),
  },
  { name: 'actions', title: people.actions, cell: (token) => <TokenActions token={token} onDone={onDone} /> },
];

const TokenTable = ({ tokens, onDone }: TokenTableProps) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts, onDone), [texts]);
  return (
    <DataTable
      label={texts.pages.tokens}
      rows={tokens}
      columns={columns}
      idOf={({ id }) => String(id)}
      textOf={({ name, role }) => `${name} ${texts.people.roles[role]}`}
      marksOf={({ id }) => ({ 'data-token': id })}
    />
  );
};

interface TokenActionsProps {
  readonly token: ProgramToken;
  readonly onDone: () => void;
}

const TokenActions = ({ token, onDone }: TokenActionsProps) => {
  const { people } = useTexts();
  const [isRevoking, setRevoking] = useState(false);
  const { name } = token;
  return (
    <>
      <ChangeButton operation="revokeToken" label={`${people.tokenRevoke}: ${name}`} onClick={() => setRevoking(true)}>
        {people.tokenRevoke}
      </ChangeButton>
      {isRevoking && (
        <ConfirmDialog
          title={people.tokenRevokeTitle(name)}
          action={people.tokenRevoke}
          text={people.tokenRevokeText}
          change={() => revokeToken(token)}
          onDone={onDone}
          onClose={() => setRevoking(false)}
        />
      )}
    </>
  );
};

interface AddDialogProps {
  readonly onDone: () => void;
  readonly onIssued: (issued: IssuedToken) => void;
  readonly onClose: () => void;
}

const AddDialog = ({ onDone, onIssued, onClose }: AddDialogProps) => {
  const { people } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const add = async (field: Field): Promise<void> => {
    const role = roleNamed(field('role')) ?? 'viewer';
    onIssued(await addToken({ name: field('name'), role, valid: field('valid') }));
  };
  return (
    <FormDialog
      title={people.tokenAdd}
      action={people.tokenAdd}
      onSubmit={(field) => changing.ask(() => add(field))}
      onClose={onClose}
      rules={RULES.token}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      <TextField name="name" label={people.tokenName} />
      <ChoiceField name="role" label={people.role}>
        <RoleOptions />
      </ChoiceField>
      <ChoiceField name="valid" label={people.tokenValid}>
        {SPANS.map((each) => (
          <option key={each} value={each} selected={each === '90d'}>
            {people.tokenSpans[each]}
          </option>
        ))}
      </ChoiceField>
    </FormDialog>
  );
};

interface SecretDialogProps {
  readonly issued: IssuedToken;
  readonly onClose: () => void;
}

/** Shows the secret of a new token, this one time. */
const SecretDialog = ({ issued: { token, secret }, onClose }: SecretDialogProps) => {
  const { people } = useTexts();
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard.writeText(secret).then(() => setCopied(true));
  return (
    <Dialog title={people.tokenTitle(token.name)} onClose={onClose}>
      <div class="stack">
        <label>
          {people.tokenSecret}
          <input readOnly value={secret} data-token-secret onFocus={(event) => event.currentTarget.select()} />
        </label>
        <p>{people.tokenText}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={copy}>
            {people.tokenCopy}
          </button>
        </div>
        <p role="status">{isCopied && people.tokenCopied}</p>
      </div>
    </Dialog>
  );
};
