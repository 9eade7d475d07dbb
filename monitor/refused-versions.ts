import type { BrokerHealth } from '#model/base/broker-api.ts';

/** Devices and gateways that connect with an unsupported version of MQTT, as the broker last reported them. */
export class RefusedVersions {
  #levels: ReadonlyMap<string, number> = new Map();

  report(others: BrokerHealth['otherVersions']): void {
    this.#levels = new Map(others.map(({ sender, level }) => [sender, level]));
  }

  /** Protocol level that the device asks for, or the gateway that sends for it: 5 is MQTT 5. Undefined while neither is refused for it. */
  levelOf({ id, gateway }: { readonly id: string; readonly gateway?: string | undefined }): number | undefined {
    return this.#levels.get(gateway ?? id);
  }
}
