import type { AlertEnder, ChannelTester } from './alerter.ts';
import { makeTester, noteOutcomes, openChannels, type ReachRows } from './notify/open-channels.ts';
import { type EndDeps, type NotifyContextDeps, makeEnd, makeNotifyContext } from './ender.ts';
import type { ChannelDeps } from './notify/channel.ts';
import type { AlertSettings } from './settings.ts';
import type { Alert } from '#model/alerts/alert.ts';

export interface OfflineAlertsDeps extends ChannelDeps {
  readonly link: string;
  readonly rows: NotifyContextDeps['rows'] & EndDeps['rows'] & ReachRows & { standingAlerts(): readonly Alert[] };
}

/** Tests channels and ends alerts by hand while no alerter runs; the next alerter sends the messages. */
export const makeOfflineAlerts = (settings: AlertSettings, deps: OfflineAlertsDeps): ChannelTester & AlertEnder => {
  const { rows } = deps;
  const channels = openChannels(settings, deps);
  const contextOf = makeNotifyContext(deps, channels);
  return {
    ...makeTester(channels, settings, {
      ...deps,
      onTried: (channel, outcomes) => noteOutcomes(rows, deps.clock, channel, outcomes),
    }),
    end: makeEnd({
      ...deps,
      contextOf: (evaluated, batch) => contextOf(evaluated, batch, rows.standingAlerts()),
    }),
  };
};
