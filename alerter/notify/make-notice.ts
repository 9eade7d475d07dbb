import type { Notice } from './notice.ts';
import { describeAlert } from '#model/alerts/alert-document.ts';
import { type AlertRecord, type Silence, silenceOf } from '#model/alerts/alert.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Facts for a notice about an alert. */
export interface NoticeContext {
  readonly registry: Registry;
  readonly silences: readonly Silence[];
  readonly now: Instant;
  /** Address of the console. */
  readonly link: string;
}

/** @param lateSince time at which a late message was made */
export const noticeOf = (
  key: string,
  alert: AlertRecord,
  { registry, silences, now, link }: NoticeContext,
  lateSince?: Instant,
): Notice => ({
  key,
  alert: describeAlert(alert, { registry, isSilenced: silenceOf(alert, silences, now) !== undefined }),
  decimals: familyNamed(alert.family)?.properties[alert.property]?.decimals ?? 2,
  link: `${link}/#/alerts/${alert.id}`,
  isTest: false,
  ...(lateSince === undefined ? {} : { lateSince }),
});
