import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { connection } from '#dashboards/console/state/live.ts';
import { LOADING } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';

/** In place of a page for certain people, until it is known who is signed in. */
export const PersonStatus = () => {
  const isLost = useStore(connection) === 'lost';
  return <RemoteStatus remote={isLost ? { kind: 'failed' } : LOADING} />;
};
