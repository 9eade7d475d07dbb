import { z } from 'zod';
import { SCENARIOS } from './scenarios/index.ts';
import { durationSetting } from '#model/base/setting.ts';

/** `sim:` in `klawing.yaml`, and the options of `klawing sim`. */
export const SimSettings = z
  .strictObject({
    /** The broker. */
    url: z.url({ protocol: /^mqtts?$/ }).prefault('mqtt://127.0.0.1:1883'),
    /** The same seed gives the same values at the same times. */
    seed: z.int().prefault(1),
    /** A synthetic fleet of so many devices; without it, the demo stations of Purbalingga. */
    devices: z.int().positive().max(99_999).optional(),
    /** Simulated time between two reports of a device; without it, the interval of its registration. */
    interval: durationSetting.optional(),
    /**
     * Simulated seconds in one real second. Above 1 the simulated time starts `span` ago and runs up to the present,
     * for readings of the future are refused; from then on it is the present.
     */
    speedUp: z.number().min(1).max(100_000).prefault(1),
    /** Distance from the present at which a speed-up above 1 starts. */
    span: durationSetting.prefault('1d'),
    /** True where devices have the troubles of real ones: drop-outs, spikes, reboots. */
    mishaps: z.boolean().prefault(true),
    /** Names of scenarios that are played on top of the ordinary signals. */
    scenarios: z.array(z.enum(SCENARIOS.map(({ name }) => name))).prefault([]),
    /** Most unacknowledged readings that a device keeps; it then drops the oldest. The default is 48 h at one a minute. */
    capacity: z.int().positive().prefault(2_880),
    /** Most readings in one packet, when a backlog is sent. */
    batch: z.int().positive().max(1_000).prefault(200),
    /** Most packets on their way without an acknowledgement. */
    window: z.int().positive().max(100).prefault(4),
    /** Time over which the devices are switched on, at random. */
    startWithin: durationSetting.prefault('5s'),
    /** Time that the oldest packet on its way waits for its acknowledgement before the device closes the connection. */
    ackTimeout: durationSetting.prefault('30s'),
    /** Time limit of the stop while devices still hold readings. */
    stopTimeout: durationSetting.prefault('5s'),
  })
  .readonly();
export type SimSettings = z.infer<typeof SimSettings>;
