import { z } from 'zod';
import { type Generator, type RunningLoad, startGenerator } from '#bench/generator.ts';
import type { Result } from '#bench/load/protocol.ts';
import { median } from '#bench/report/figure.ts';
import { meter } from '#bench/report/usage.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench } from '#bench/row.ts';
import type { Account, Service } from '#bench/service/service.ts';
import { untilStored } from '#bench/service/until-stored.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

const POLL = milliseconds(20);
const QUERIES = 9;

const pidsOf = (service: Service): Readonly<Record<string, number>> => ({
  broker: service.broker.pid,
  ingest: service.ingest?.pid ?? 0,
});

/** Microseconds of processor time for each message. */
export interface MessageCost {
  readonly broker: number;
  readonly ingest: number;
}

const costOf = (ms: Readonly<Record<string, number>>, messages: number): MessageCost => ({
  broker: ((ms['broker'] ?? 0) * 1_000) / messages,
  ingest: ((ms['ingest'] ?? 0) * 1_000) / messages,
});

/** Clients of a growth load. */
export interface GrowthClients {
  readonly accounts: readonly Account[];
  /** Pending publishes of each client. */
  readonly window: number;
  /** Observed-at of the first message. */
  readonly from: Instant;
}

const untilSent = async (load: RunningLoad, messages: number, bench: Bench): Promise<void> => {
  while (load.total() < messages) await Promise.race([bench.clock.sleep(POLL), load.result]);
  load.finish();
};

/** Connected clients of a service, which play loads one after the other. */
export class GrowthLoad {
  readonly #service: Service;
  readonly #bench: Bench;
  readonly #generator: Generator;
  #from: Instant;

  private constructor(service: Service, bench: Bench, { generator, from }: { generator: Generator; from: Instant }) {
    this.#service = service;
    this.#bench = bench;
    this.#generator = generator;
    this.#from = from;
  }

  static async start(service: Service, { accounts, window, from }: GrowthClients, bench: Bench): Promise<GrowthLoad> {
    const generator = await startGenerator({ port: service.mqttPort, clients: [...accounts], window, from });
    await untilStored(service, bench);
    return new GrowthLoad(service, bench, { generator, from });
  }

  /** Cost of a message when so many are sent as fast as they are acknowledged, until the last one is stored. */
  fast(messages: number): Promise<MessageCost> {
    return this.#cost(async () => {
      const load = this.#generator.run({ warmUpMs: 0, from: this.#from });
      await untilSent(load, messages, this.#bench);
      return load.result;
    });
  }

  /** Cost of a message at a rate, the devices in rotation. */
  paced(rate: number, seconds: number): Promise<MessageCost> {
    return this.#cost(
      () => this.#generator.run({ warmUpMs: 0, measureMs: seconds * 1_000, rate, from: this.#from }).result,
    );
  }

  /** Milliseconds of processor time in a second without messages, by process. */
  async idle(seconds: number): Promise<MessageCost> {
    const used = meter(pidsOf(this.#service), () => this.#bench.clock.monotonic());
    await this.#bench.clock.sleep(milliseconds(seconds * 1_000));
    const { ms } = used(0);
    return { broker: (ms['broker'] ?? 0) / seconds, ingest: (ms['ingest'] ?? 0) / seconds };
  }

  stop(): Promise<void> {
    return this.#generator.stop();
  }

  async #cost(play: () => Promise<Result>): Promise<MessageCost> {
    const used = meter(pidsOf(this.#service), () => this.#bench.clock.monotonic());
    const result = await play();
    checkClosed(result);
    this.#from = result.next;
    await untilStored(this.#service, this.#bench);
    return costOf(used(result.cpuMs).ms, result.total);
  }
}

/** Median time of a request, in milliseconds, after one that is not counted. */
export const timeOfQuery = async (service: Service, path: string, { clock }: Bench): Promise<number> => {
  const taken: number[] = [];
  for (let i = 0; i <= QUERIES; i += 1) {
    const began = clock.monotonic();
    await service.client.get(path, z.unknown());
    taken.push(clock.monotonic() - began);
  }
  return median(taken.slice(1));
};
