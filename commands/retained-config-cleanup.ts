import { buildTopic } from '#model/readings/topic.ts';
import type { OutboundDeps } from './senders.ts';

/** Takes the retained configs of devices away that were removed from the registry. One that was revoked keeps its own. */
export interface RetainedConfigCleanup {
  /** It is not known which of them the broker still has. */
  beginAgain(): void;
  /** Rejects with an outage where the broker does not take it: the next call goes on. */
  sweep(): Promise<void>;
}

const NOTHING = new Uint8Array();

/** @param onReturn is called for a device that is registered again after its config was taken away */
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
      // where it was begun again meanwhile, the next call goes through all of them
      if (done === swept) seen = revision;
    },
  };
};
