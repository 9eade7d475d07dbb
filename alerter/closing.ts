import type { Orphan } from './evaluate/orphans.ts';
import { type Alert, type AlertChange, type AlertEvent, type Closing, hasEnded } from '#model/alerts/alert.ts';
import { whyClosed } from '#model/alerts/alert-closing.ts';
import { SYSTEM_FAMILY } from '#model/alerts/problem.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { EvaluatedSystem } from './system/evaluate-system.ts';

/** The alert in the state `closed`. */
const closed = (alert: Alert, closing: Closing): Alert => ({ ...alert, state: 'closed', closing });

const stepOf = (alert: Alert, now: Instant): AlertChange => ({ alert, receivedAt: now, sequence: 0 });

/** Hands alerts that no reading can end any more over to another device, or closes them. */
export const resolveOrphans = (orphans: readonly Orphan[], now: Instant): EvaluatedSystem => {
  const changes: AlertChange[] = [];
  const alerts: Alert[] = [];
  const events: AlertEvent[] = [];
  const shown: AlertChange[] = [];
  for (const { alert, reason, successor, other } of orphans) {
    const closing: Closing = { at: now, reason, ...(other === undefined ? {} : { other: other.id }) };
    const after = closed(alert, closing);
    if (successor === undefined) {
      alerts.push(after);
      changes.push(stepOf(after, now));
      continue;
    }
    const taken = { ...alert, device: successor };
    const note = `${whyClosed(alert, closing).en}; ${successor} measures the same and goes on with it`;
    alerts.push(taken);
    events.push({ alert: alert.id, kind: 'handed-over', at: now, receivedAt: now, value: alert.value, note });
    // boards have one series of alerts for each device: that of the former device has to end
    shown.push(stepOf(after, now), stepOf(taken, now));
  }
  return { changes, alerts, events, shown };
};

/** Name and note of the person who ends an alert. */
export interface HandEnding {
  readonly by: string;
  readonly note: string;
}

/**
 * Ends an alert because a person says so.
 * @throws Fault `CONFLICT` where it has ended already, `REQUEST_INVALID` where it is about the system itself
 */
export const endByHand = (alert: Alert, { by, note }: HandEnding, now: Instant): EvaluatedSystem => {
  if (hasEnded(alert)) {
    const at = alert.resolvedAt ?? alert.closing?.at ?? alert.observedAt;
    throw new Fault('CONFLICT', `alert ${alert.id} has ended already, at ${formatInstant(at)}`);
  }
  if (alert.family === SYSTEM_FAMILY) {
    throw new Fault(
      'REQUEST_INVALID',
      `alert ${alert.id} is about the system itself and ends with its cause; to mute it, silence it: ` +
        `klawing alert silence --station ${alert.station} --rule ${alert.rule} --for 2h --reason "…"`,
    );
  }
  const after = closed(alert, { at: now, reason: 'by-hand', by, note });
  return { changes: [stepOf(after, now)], alerts: [after] };
};
