import type { ChannelTester, TestOutcome } from '#alerter/alerter.ts';
import { attempt } from './attempt.ts';
import type { Channel, ChannelDeps } from './channel.ts';
import type { Notice } from './notice.ts';
import type { Rule } from '#alerter/rules/rule.ts';
import { type AlertSettings, channelsOf } from '#alerter/settings.ts';
import type { AlertDocument } from '#model/alerts/alert-document.ts';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { buildTopic } from '#model/readings/topic.ts';

/** The channels of the settings, by name. */
export const openChannels = (settings: AlertSettings, deps: ChannelDeps): ReadonlyMap<string, Channel> =>
  new Map(
    [...channelsOf(settings)].map(([name, of]) => [
      name,
      of.open(name, { ...deps, language: settings.language, link: settings.link }),
    ]),
  );

/** @throws Fault `SETTING_INVALID` when a rule names a channel that is not there */
export const checkChannels = (rules: readonly Rule[], channels: ReadonlyMap<string, Channel>): void => {
  for (const { id, channels: wanted = [] } of rules) {
    const unknown = wanted.find((name) => !channels.has(name));
    if (unknown === undefined) continue;
    throw new Fault(
      'SETTING_INVALID',
      `rules.yaml: "${id}.channels" names "${unknown}", which is none of the channels in use: ${[...channels.keys()].join(', ')}; for example channels: [log]`,
    );
  }
};

/** A test is called after nothing that is registered, and shows itself as over: a siren that takes it for real stays still. */
const exampleAt = (now: Instant): AlertDocument => ({
  id: 0,
  rule: 'test',
  station: 'test',
  station_name: 'Klawing',
  family: 'river',
  property: 'stage',
  device: 'test',
  state: 'resolved',
  severity: 'minor',
  title: { id: 'Uji coba saluran', en: 'Test of the channel' },
  value: 0,
  unit: 'm',
  unit_text: 'm',
  raise: 1,
  clear: 0.5,
  trend: 'steady',
  detail: null,
  observed_at: formatInstant(now),
  since: formatInstant(now),
  fired_at: null,
  resolved_at: formatInstant(now),
  closed: null,
  acknowledged: null,
  silenced: false,
});

interface TestDeps {
  readonly clock: Clock;
  readonly settings: AlertSettings;
  readonly link: string;
}

/** Sends everyone of a channel one message that says it is a test. */
const testChannel = async (channel: Channel, { clock, settings, link }: TestDeps): Promise<readonly TestOutcome[]> => {
  const now = clock.now();
  const notice: Notice = { key: `test-${now}`, alert: exampleAt(now), decimals: 2, link, isTest: true };
  const recipients =
    channel.audience === 'state' ? [buildTopic({ kind: 'alert', station: 'test', rule: 'test' })] : channel.recipients;
  const signal = new AbortController().signal;
  return Promise.all(
    recipients.map(async (recipient) => {
      const message = { key: notice.key, recipient, body: channel.render(notice, recipient), isTest: true };
      const fault = await attempt(channel, message, { clock, timeout: settings.timeout, signal });
      const error = fault === undefined ? undefined : `${fault.code}: ${fault.detail}`;
      return { recipient, delivered: fault === undefined, error };
    }),
  );
};

/** Rows that hold whether a recipient can be reached. */
export interface ReachRows {
  noteReached(note: {
    readonly channel: string;
    readonly recipient: string;
    readonly at: Instant;
    readonly error: string | undefined;
  }): Promise<void>;
}

/** Writes the results of a test. */
export const noteOutcomes = async (
  rows: ReachRows,
  clock: Pick<Clock, 'now'>,
  channel: string,
  outcomes: readonly TestOutcome[],
): Promise<void> => {
  for (const { recipient, error } of outcomes) await rows.noteReached({ channel, recipient, at: clock.now(), error });
};

export interface TesterDeps extends Omit<TestDeps, 'settings'> {
  /** Gets the results of a test of a channel for people. */
  readonly onTried: (channel: string, outcomes: readonly TestOutcome[]) => Promise<void>;
}

/** Tries channels by name. */
export const makeTester = (
  channels: ReadonlyMap<string, Channel>,
  settings: AlertSettings,
  { clock, link, onTried }: TesterDeps,
): ChannelTester => ({
  names: [...channels.keys()],
  test: async (name) => {
    const channel = channels.get(name);
    if (channel === undefined) {
      throw new Fault(
        'NOT_FOUND',
        `no channel is called "${name}"; there are ${[...channels.keys()].join(', ')}; others are set under alerts.channels (docs/alerts.md)`,
      );
    }
    const outcomes = await testChannel(channel, { clock, settings, link });
    if (channel.audience === 'people') await onTried(name, outcomes);
    return outcomes;
  },
});
