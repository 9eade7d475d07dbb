import type { ComponentChildren } from 'preact';
import { isNone, type Remote } from '#dashboards/console/state/remote.ts';
import { formatAge, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';
import { writeTime } from '#dashboards/console/time/clock.ts';
import { Failure } from './failure.tsx';

interface LoadedListProps<T> {
  readonly remote: Remote<readonly T[]>;
  readonly again: () => void;
  /** The text where a fresh answer says that there are none. */
  readonly none: string;
  readonly children: (items: readonly T[]) => ComponentChildren;
}

/** A list as it is known: loading, failed, with its age where it is not current, or that there is nothing. */
export const LoadedList = <T,>({ remote, again, none, children }: LoadedListProps<T>) => {
  if (isNone(remote)) return <p class="note">{none}</p>;
  return (
    <>
      <RemoteStatus remote={remote} again={again} />
      {'data' in remote && remote.data.length > 0 && children(remote.data)}
    </>
  );
};

interface RemoteStatusProps {
  readonly remote: Remote<unknown>;
  /** Absent where it is read again by itself. */
  readonly again?: () => void;
}

/** Everything about a document but its data: nothing while it is current. */
export const RemoteStatus = ({ remote, again }: RemoteStatusProps) => {
  const texts = useTexts();
  const now = useNow();
  if (remote.kind === 'fresh') return null;
  if (remote.kind === 'loading') {
    return (
      <p class="note" data-remote="loading">
        {texts.loading}
      </p>
    );
  }
  return (
    <div data-remote={remote.kind}>
      {'data' in remote && (
        <p class="note unsure">
          {texts.staleSince(
            formatTime(texts.locale, writeTime(remote.at)),
            formatAge(texts.locale, ageOf(writeTime(remote.at), now)),
          )}
        </p>
      )}
      {(remote.error !== undefined || !('data' in remote)) && <Failure error={remote.error} again={again} />}
    </div>
  );
};
