import { useState } from 'preact/hooks';
import { addPasskey, canUsePasskeys, renamePasskey, revokePasskey } from '#dashboards/console/api/passkeys.ts';
import type { PasskeyLine } from '#dashboards/console/api/types.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ConfirmDialog } from '#dashboards/console/components/forms/confirm-dialog.tsx';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { changed } from '#dashboards/console/state/remote.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { passkeyProblem } from '#dashboards/console/text/passkey-problem.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

/** The passkeys of the person who is signed in. */
export const OwnPasskeys = () => {
  const { people } = useTexts();
  const { remote, again } = useDocument<{ passkeys: PasskeyLine[] }>('/v1/passkeys');
  const passkeys = changed(remote, (answer): readonly PasskeyLine[] => answer.passkeys);
  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">{people.passkeys}</h2>
      <p>{people.passkeysText}</p>
      <LoadedList remote={passkeys} again={again} none={people.passkeyNone}>
        {(all) => (
          <ul class="plain stack">
            {all.map((each) => (
              <PasskeyItem key={each.id} passkey={each} onDone={again} />
            ))}
          </ul>
        )}
      </LoadedList>
      {canUsePasskeys() ? <AddForm onDone={again} /> : <p class="note">{people.passkeysNeed}</p>}
    </section>
  );
};

const AddForm = ({ onDone }: { readonly onDone: () => void }) => {
  const texts = useTexts();
  const { people } = texts;
  const [problem, setProblem] = useState<string>();
  const add = async (event: SubmitEvent): Promise<void> => {
    const form = event.currentTarget;
    const name = fieldsOf(event)('name');
    setProblem(undefined);
    try {
      await addPasskey(name);
      if (form instanceof HTMLFormElement) form.reset();
      onDone();
    } catch (error) {
      setProblem(passkeyProblem(error, texts));
    }
  };
  return (
    <form class="card login stack" onSubmit={(event) => void add(event)}>
      <label>
        {people.passkeyName}
        <input name="name" required maxLength={60} autocomplete="off" />
        <small>{people.passkeyNameHelp}</small>
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" class="primary">
        {people.passkeyAdd}
      </button>
    </form>
  );
};

interface PasskeyItemProps {
  readonly passkey: PasskeyLine;
  readonly onDone: () => void;
}

const PasskeyItem = ({ passkey, onDone }: PasskeyItemProps) => {
  const { locale, people } = useTexts();
  const [asked, setAsked] = useState<'rename' | 'revoke'>();
  const close = (): void => setAsked(undefined);
  const { id, name, used_at: usedAt } = passkey;
  const used = usedAt === undefined ? people.passkeyUnused : people.lastUse(formatTime(locale, usedAt));
  return (
    <li data-passkey-name={name} data-passkey-id={id}>
      {name} · {used}{' '}
      <button type="button" aria-label={`${people.passkeyRename}: ${name}`} onClick={() => setAsked('rename')}>
        {people.passkeyRename}
      </button>{' '}
      <button type="button" aria-label={`${people.passkeyRevoke}: ${name}`} onClick={() => setAsked('revoke')}>
        {people.passkeyRevoke}
      </button>
      {asked === 'rename' && <RenameDialog passkey={passkey} onDone={onDone} onClose={close} />}
      {asked === 'revoke' && (
        <ConfirmDialog
          title={people.passkeyRevokeTitle(name)}
          action={people.passkeyRevoke}
          text={people.passkeyRevokeText}
          change={() => revokePasskey(passkey)}
          onDone={onDone}
          onClose={close}
        />
      )}
    </li>
  );
};

interface PasskeyDialogProps extends PasskeyItemProps {
  readonly onClose: () => void;
}

const RenameDialog = ({ passkey, onDone, onClose }: PasskeyDialogProps) => {
  const { people } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const rename = (field: Field): void => changing.ask(() => renamePasskey(passkey, field('name')));
  return (
    <FormDialog
      title={people.passkeyRename}
      action={people.passkeyRename}
      onSubmit={rename}
      onClose={onClose}
      failed={changing.failed}
      above={changing.dialog}
    >
      <label>
        {people.passkeyName}
        <input name="name" required maxLength={60} autocomplete="off" defaultValue={passkey.name} />
      </label>
    </FormDialog>
  );
};
