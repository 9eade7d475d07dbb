import type { EntryRun, PreparedPacket } from '#ingest/batch.ts';
import type { ReadSteps } from '#ingest/pipeline.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';

/** The station ST1 and its device dev-1. */
export const ONE_DEVICE: Registry = {
  revision: 1,
  stations: new Map([['ST1', aStation()]]),
  devices: new Map([['dev-1', aDevice()]]),
  gateways: new Map(),
};

/** Entries of the journal `j` that follow each other, from the first one's number on. */
export const aRun = (entries: readonly Entry[], registry: Registry = ONE_DEVICE, journal = 'j'): EntryRun => {
  const from = entries[0]?.sequence ?? 1;
  return { journal, from, to: from + entries.length - 1, entries, registry };
};

/** Gives these packets, whatever the entries hold. */
export const givingPackets = (packets: readonly PreparedPacket[]): ReadSteps => ({
  decode: (run) => ({ run, packets: [] }),
  validate: ({ run }) => ({ ...run, packets }),
});
