import { describeAlert } from '#model/alert-document.ts';
import { type Outgoing, silenceOf } from '#model/alert.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Facts } from '#alerter/notify/facts.ts';
import type { Addressed } from './choose.ts';

/** Makes the messages: what is in them is fixed from here on, however often they are sent. */
export const render = (addressed: readonly Addressed[], facts: Facts): readonly Outgoing[] =>
  addressed.map(({ change, channel, recipient }) => {
    const { alert, receivedAt } = change;
    const key = `${facts.journal}-${facts.sequence}-${alert.id}-${alert.state}`;
    const isSilenced = silenceOf(alert, facts.silences, facts.now) !== undefined;
    const document = describeAlert({ ...alert, acknowledged: undefined }, { registry: facts.registry, isSilenced });
    const notice = {
      key,
      alert: document,
      decimals: familyNamed(alert.family)?.properties[alert.property]?.decimals ?? 2,
      link: `${facts.link}/#/alerts/${alert.id}`,
      isTest: false,
    };
    return {
      key,
      alert: alert.id,
      state: alert.state,
      channel: channel.name,
      recipient,
      body: channel.render(notice, recipient),
      receivedAt,
      createdAt: facts.now,
      isReplacing: channel.audience === 'state',
    };
  });
