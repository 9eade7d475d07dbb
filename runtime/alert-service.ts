import type { Operations } from '#storage/operations/operations.ts';
import type { AlertService, AlertEnder, Uncommitted } from '#alerter/alerter.ts';
import type { AlertRecord } from '#model/alerts/alert.ts';
import { Fault } from '#model/base/fault.ts';

export interface AlertServiceDeps {
  readonly operations: Pick<Operations, 'alert' | 'commitAlerts'>;
  readonly ender: AlertEnder;
  /** Runs a call between two batches of the alerting reader. */
  readonly between: (call: () => Promise<AlertRecord>) => Promise<AlertRecord>;
  /** Called with the committed change. */
  readonly onEnded: (ended: Uncommitted) => void;
}

export const makeAlertService = ({ operations, ender, between, onEnded }: AlertServiceDeps): AlertService => ({
  end: (id, ending) =>
    between(async () => {
      const ended = ender.end(id, ending);
      await operations.commitAlerts(ended.commit);
      onEnded(ended);
      const alert = operations.alert(id);
      if (alert === undefined) throw new Fault('NOT_FOUND', `alert ${id} was removed`);
      return alert;
    }),
});
