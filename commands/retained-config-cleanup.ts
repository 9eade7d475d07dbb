import { buildTopic } from '#model/readings/topic.ts';
import type { OutboundDeps } from './senders.ts';

/** Deletes the retained configs of devices that were removed from the registry. A revoked device keeps its config. */
export interface RetainedConfigCleanup {
  /** Call it when the broker has started anew: it may hold any of them. */
  beginAgain(): void;
  /** Rejects with an outage when the broker is unreachable; the next call continues. */
  sweep(): Promise<void>;
}

const NOTHING = new Uint8Array();

/** @param onReturn is called for a device that is registered again after its config was deleted */
export const makeRetainedConfigCleanup = (
  { rows, link, signal }: Pick<OutboundDeps, 'rows' | 'link' | 'signal'>,
  onReturn: (device: string) => void,
): RetainedConfigCleanup => {
  let swept = new Set<string>();
  let seen: number | undefined;
  return {
    beginAgain: () => {
      seen = undefined;
      swept = new Set();
    },
    sweep: async () => {
      const { devices, revision } = rows.registry();
      if (revision === seen) return;
      const done = swept;
      for (const device of done) {
        if (!devices.has(device)) continue;
        done.delete(device);
        onReturn(device);
      }
      for (const { device } of rows.configs()) {
        if (devices.has(device) || done.has(device)) continue;
        await link.publish(buildTopic({ kind: 'config', device }), NOTHING, true, signal);
        done.add(device);
      }
      // reset during the loop: the next call starts from the first
      if (done === swept) seen = revision;
    },
  };
};
