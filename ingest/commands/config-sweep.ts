import { buildTopic } from '#model/topic.ts';
import type { OutboundDeps } from './outbound.ts';

/** Takes the retained configs of devices away that were removed from the registry. One that was revoked keeps its own. */
export interface ConfigSweep {
  /** It is not known which of them the broker still has. */
  beginAgain(): void;
  /** Rejects with an outage where the broker does not take it: the next call goes on. */
  sweep(): Promise<void>;
}

const NOTHING = new Uint8Array();

/** @param onReturn is called for a device that is registered again after its config was taken away */
export const makeConfigSweep = (
  { rows, link, signal }: Pick<OutboundDeps, 'rows' | 'link' | 'signal'>,
  onReturn: (device: string) => void,
): ConfigSweep => {
  const swept = new Set<string>();
  let seen: number | undefined;
  return {
    beginAgain: () => {
      seen = undefined;
      swept.clear();
    },
    sweep: async () => {
      const { devices, revision } = rows.registry();
      if (revision === seen) return;
      for (const device of swept) {
        if (!devices.has(device)) continue;
        swept.delete(device);
        onReturn(device);
      }
      for (const { device } of rows.configs()) {
        if (devices.has(device) || swept.has(device)) continue;
        await link.publish(buildTopic({ kind: 'config', device }), NOTHING, true, signal);
        swept.add(device);
      }
      seen = revision;
    },
  };
};
