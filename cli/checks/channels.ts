import { type DoctorCheck, failed, type CheckFinding, type CheckContext, ok, skipped, warning } from './check.ts';
import { count } from '#cli/output/table.ts';
import { channelHealth, type ChannelHealth } from '#alerter/notify/channel-health.ts';
import { channelsOf } from '#alerter/settings.ts';
import { formatInstant } from '#model/base/instant.ts';

/** Channels that need a server elsewhere. */
const outside = ({ settings }: CheckContext) =>
  [...channelsOf(settings.alerts)]
    .filter(([, { isRemote }]) => isRemote)
    .map(([name, { recipients }]) => ({ name, audience: 'people' as const, recipients }));

const checkChannel = ({ channel, recipients, failing }: ChannelHealth, { database }: CheckContext): CheckFinding => {
  const check = `channel ${channel}`;
  const waiting = (database?.outbox ?? [])
    .filter((of) => of.channel === channel)
    .reduce((sum, { messages }) => sum + messages, 0);
  const rest = waiting === 0 ? '' : `; ${count(waiting, 'message')} still to be sent`;
  const [longest] = failing;
  if (longest !== undefined) {
    const who = `${failing.length} of ${count(recipients, 'recipient')} not reached since ${formatInstant(longest.failingSince)}`;
    const found = `${who}: ${longest.recipient}: ${longest.lastError ?? 'no answer is known'}${rest}`;
    return failed(check, found, `correct it, then "klawing alert test-channel ${channel}"; see docs/faults.md`);
  }
  const accepted = (database?.recipients ?? []).flatMap((of) =>
    of.channel === channel && of.acceptedAt !== undefined ? [of.acceptedAt] : [],
  );
  if (accepted.length === 0) return skipped(check, `nothing was sent yet; try "klawing alert test-channel ${channel}"`);
  return ok(check, `the last message was accepted at ${formatInstant(Math.max(...accepted))}${rest}`);
};

/** Checks that messages reach their recipients, and that the links in them can be opened elsewhere. */
export const checkChannels: DoctorCheck = (context) => {
  const channels = outside(context);
  if (channels.length === 0) return [];
  const health = channelHealth(channels, context.database?.recipients ?? []);
  const { link } = context.settings.alerts;
  const found = `they lead to http://localhost:${context.settings.api.port}, which nobody elsewhere can open`;
  const todo = 'set alerts.link (KLAWING_ALERT_LINK) to the address of the console';
  return [
    ...health.map((of) => checkChannel(of, context)),
    ...(link === undefined ? [warning('links in messages', found, todo)] : []),
  ];
};
