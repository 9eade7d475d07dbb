import type { Instant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';
import { registrationAt, type RegistrationInForce, type Registry } from '#model/registry/registry.ts';

/**
 * Registrations with their profiles, made once for each version: what follows from one is remembered by the object of its
 * device.
 */
export class Registrations {
  readonly #known = new Map<Device, RegistrationInForce[]>();

  at(registry: Pick<Registry, 'profiles'>, device: Device, at: Instant): RegistrationInForce {
    let known = this.#known.get(device);
    if (known === undefined) this.#known.set(device, (known = []));
    const found = known.find(({ from, until }) => at >= from && at < until);
    if (found !== undefined) return found;
    const made = registrationAt(registry, device, at);
    known.push(made);
    return made;
  }
}
