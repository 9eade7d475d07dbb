import { z } from 'zod';
import { createRandom, keyOf, type Random } from '#firmware-sim/random.ts';
import { systemClock } from '#model/base/clock.ts';
import { startStoreUnderTest, type StoreName } from '#test/soak/store-under-test.ts';
import { eventually } from '#test/support/eventually.ts';
import { LedgerAnswer, rowsOfApi, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { type Box, startBox } from './box.ts';
import { FIRMWARE, type Firmware } from './firmware.ts';
import { compareReadings, type ReadingsDifference } from './sent-readings.ts';

export interface DevicesOptions {
  readonly store: StoreName;
  readonly seed: number;
  readonly rounds: number;
  readonly say: (text: string) => void;
}

export interface DevicesResult {
  readonly rounds: number;
  readonly kills: number;
  readonly messages: number;
  /** Readings that were sent, the refused ones included. */
  readonly sent: number;
  /** Readings that were refused under the name of their fault. */
  readonly refused: number;
  /** Refused readings that a replay has stored. */
  readonly mended: number;
  /** Readings that arrived more than once, by the ledger. */
  readonly duplicates: number;
  readonly difference: Readonly<Record<keyof ReadingsDifference, number>>;
  /** Packets of refused readings that are not in quarantine under their fault, or there without having been sent. */
  readonly quarantine: number;
  readonly balanced: boolean;
  readonly verified: boolean;
  readonly seconds: number;
  /** The first few of what is wrong, in words. */
  readonly findings: readonly string[];
}

/** Messages of each device in a round, and those of them that it sends without waiting for the first one. */
const MESSAGES = 12;
const AT_ONCE = 3;
const FINDINGS = 20;
const KINDS = ['lost', 'merged', 'twice', 'misdated', 'neverSent'] as const;

const STATIONS = { air: 'SOAK-AIR', weather: 'SOAK-RAIN' } as const;

export const isSound = ({ difference, quarantine, balanced, verified }: DevicesResult): boolean =>
  balanced && verified && quarantine === 0 && Object.values(difference).every((count) => count === 0);

const sumOf = (boxes: readonly Box[], count: (box: Box) => number): number =>
  boxes.reduce((sum, box) => sum + count(box), 0);

const isOneShot = ({ firmware }: Box): boolean => firmware.way !== 'post' && 'oneShot' in firmware.way;

const startFleet = async (service: Service, random: Random): Promise<readonly Box[]> => {
  for (const [family, station] of Object.entries(STATIONS)) await service.addStation(station, family);
  const boxes: Box[] = [];
  for (const firmware of FIRMWARE) {
    const device = firmware.name;
    const secret = await service.addDevice(device, STATIONS[firmware.family]);
    boxes.push(startBox({ port: service.ports.mqtt, url: service.url, device, secret }, firmware, random));
  }
  return boxes;
};

const kill = async (service: Service, victims: readonly ('broker' | 'ingest')[]): Promise<void> => {
  await Promise.all(victims.map((part) => service.kill(part, 'SIGKILL')));
  for (const part of victims) service.start(part);
};

const VICTIMS = [['broker'], ['ingest'], ['ingest', 'broker']] as const;

const play = async (boxes: readonly Box[]): Promise<void> => {
  await Promise.all(
    boxes.map(async (box) => {
      for (let i = 0; i < MESSAGES; i += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => box.play()));
      }
    }),
  );
};

/** Until every one-shot publish has been received: nothing tells its sender, and a kill of the broker may take it before. */
const untilArrived = async (service: Service, boxes: readonly Box[]): Promise<void> => {
  for (const box of boxes) {
    await eventually(async () => {
      const answer = await service.get(`/v1/ledger?device=${box.device}`);
      const { received } = LedgerAnswer.parse(await answer.json()).totals;
      if (received < box.messages()) throw new Error(`${received} of ${box.messages()} publishes of ${box.device}`);
    });
    box.arrived();
  }
};

const acknowledgedBy = (boxes: readonly Box[]): number => sumOf(boxes, (box) => box.acknowledged());

/** The devices send while a process is killed; then the one-shot devices send, while ingest may be killed. */
const playRound = async (service: Service, boxes: readonly Box[], random: Random): Promise<number> => {
  const [shots, others] = [boxes.filter(isOneShot), boxes.filter((box) => !isOneShot(box))];
  await service.ready();
  const goal = acknowledgedBy(others) + Math.floor(random.next() * others.length * MESSAGES);
  const sending = play(others);
  await eventually(() => {
    if (acknowledgedBy(others) < goal) throw new Error(`${acknowledgedBy(others)} messages acknowledged, not ${goal}`);
  });
  await kill(service, VICTIMS[Math.floor(random.next() * VICTIMS.length)] ?? ['broker']);
  await sending;
  await service.ready();
  const isIngestKilled = random.chance(0.5);
  const shooting = play(shots);
  if (isIngestKilled) await kill(service, ['ingest']);
  await shooting;
  await service.ready();
  await untilArrived(service, shots);
  for (const box of others) if (random.chance(0.5)) box.reboot();
  return isIngestKilled ? 2 : 1;
};

const QuarantinePage = z.object({
  packets: z.array(z.object({ id: z.number(), device: z.string(), parts: z.array(z.object({ code: z.string() })) })),
});
const QuarantinePacket = z.object({ text: z.string() });

/** Packets as one text each: the device, the fault, the payload. */
type RefusedPackets = ReadonlySet<string>;

const refusedPacket = (device: string, code: string, payload: string): string => `${device} ${code} ${payload}`;

const quarantined = async (service: Service): Promise<RefusedPackets> => {
  const found = new Set<string>();
  for (let path: string | undefined = '/v1/quarantine?limit=500&state=open'; path !== undefined; ) {
    const answer: Response = await service.get(path);
    for (const { id, device, parts } of QuarantinePage.parse(await answer.json()).packets) {
      const { text } = QuarantinePacket.parse(await (await service.get(`/v1/quarantine/${id}`)).json());
      for (const { code } of parts) found.add(refusedPacket(device, code, text));
    }
    path = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return found;
};

const expectedInQuarantine = (boxes: readonly Box[], isLeft: (firmware: Firmware) => boolean): RefusedPackets =>
  new Set(
    boxes.flatMap(({ device, firmware, refusedPayloads }) => {
      const { refused } = firmware;
      if (refused === undefined || !isLeft(firmware)) return [];
      return refusedPayloads.map((payload) => refusedPacket(device, refused.code, payload));
    }),
  );

const compareRefused = (expected: RefusedPackets, found: RefusedPackets): string[] => [
  ...[...expected.difference(found)].map((packet) => `not in quarantine: ${packet}`),
  ...[...found.difference(expected)].map((packet) => `in quarantine: ${packet}`),
];

/** Replays what a shift mends, device by device, as the fault tells an operator to. */
const mend = async (service: Service, boxes: readonly Box[]): Promise<number> => {
  let mended = 0;
  for (const { device, firmware, refused } of boxes) {
    const { code, shift } = firmware.refused ?? {};
    if (code === undefined || shift === undefined || refused() === 0) continue;
    const verb = ['quarantine', 'replay', '--device', device, '--code', code, '--shift', shift];
    const { status, out, err } = await service.cli(...verb);
    if (status !== 0) throw new Error(`the replay of ${device} ended with ${status}: ${out} ${err}`);
    mended += refused();
  }
  return mended;
};

const Verified = z.object({ balanced: z.boolean(), verification: z.object({ verified: z.boolean() }) });

/** Readings that are not stored: those that no replay mends. */
const refusedForGood = ({ firmware, refused }: Box): number => (firmware.refused?.shift === undefined ? refused() : 0);

const compareAll = async (service: Service, boxes: readonly Box[]) => {
  await service.ready();
  await untilProcessed(service);
  const strays = compareRefused(
    expectedInQuarantine(boxes, () => true),
    await quarantined(service),
  );
  const mended = await mend(service, boxes);
  const { totals, balanced } = await untilProcessed(service);
  strays.push(
    ...compareRefused(
      expectedInQuarantine(boxes, ({ refused }) => refused?.shift === undefined),
      await quarantined(service),
    ),
  );
  const rows = (await Promise.all(Object.values(STATIONS).map((station) => rowsOfApi(service, station)))).flat();
  const difference = compareReadings(
    boxes.flatMap(({ sent }) => sent),
    rows,
  );
  const verified = Verified.parse(JSON.parse((await service.cli('ledger', '--verify', '--json')).out));
  return {
    mended,
    duplicates: totals.duplicates,
    difference,
    strays,
    balanced: balanced && verified.balanced,
    verified: verified.verification.verified,
  };
};

/**
 * Plays a fleet of firmware with the faults of the field, while broker and ingest are killed, and compares the store with the
 * readings that were sent.
 */
export const soakDevices = async ({ store, seed, rounds, say }: DevicesOptions): Promise<DevicesResult> => {
  const began = systemClock.monotonic();
  const { env } = await startStoreUnderTest(store);
  const service = await testService({ parts: ['broker', 'ingest'], env });
  await service.ready();
  const random = createRandom(keyOf(seed, 'devices'));
  const boxes = await startFleet(service, random);
  let kills = 0;
  for (let round = 1; round <= rounds; round += 1) {
    kills += await playRound(service, boxes, random);
    if (round % 10 === 0) say(`${round} rounds, ${sumOf(boxes, ({ sent }) => sent.length)} readings sent`);
  }
  const { mended, duplicates, difference, strays, balanced, verified } = await compareAll(service, boxes);
  for (const box of boxes) box.stop();
  const found = KINDS.flatMap((kind) => difference[kind].map((what) => `${kind}: ${what}`));
  return {
    rounds,
    kills,
    messages: sumOf(boxes, (box) => box.messages()),
    sent: sumOf(boxes, (box) => box.sent.length + refusedForGood(box)),
    refused: sumOf(boxes, (box) => box.refused()),
    mended,
    duplicates,
    difference: {
      lost: difference.lost.length,
      merged: difference.merged.length,
      twice: difference.twice.length,
      misdated: difference.misdated.length,
      neverSent: difference.neverSent.length,
    },
    quarantine: strays.length,
    balanced,
    verified,
    seconds: (systemClock.monotonic() - began) / 1_000,
    findings: [...strays, ...found].slice(0, FINDINGS),
  };
};
