import { stderr } from 'node:process';
import { expect, test } from 'vitest';
import { isSound, soakDevices } from '#test/soak/devices/soak-devices.ts';
import { FIRMWARE } from '#test/soak/devices/firmware.ts';
import { seedOfRun, type StoreName } from '#test/soak/store-under-test.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';

const ROUNDS = 2;

const CASES: readonly { readonly store: StoreName; readonly isPossible: boolean }[] = [
  { store: 'duckdb', isPossible: true },
  { store: 'influx', isPossible: hasInfluxd },
];

for (const { store, isPossible } of CASES) {
  test.runIf(isPossible)(
    `readings of devices with faults of the field are each in ${store} once, at their time, after kills`,
    async () => {
      const seed = seedOfRun();
      stderr.write(`devices over ${store}: TEST_SEED=${seed}\n`);
      const result = await soakDevices({ store, seed, rounds: ROUNDS, say: () => undefined });
      expect(result.findings).toEqual([]);
      expect(isSound(result)).toBe(true);
      expect(result.sent).toBeGreaterThan(FIRMWARE.length * ROUNDS);
      expect(result.mended).toBeGreaterThan(0);
    },
  );
}
