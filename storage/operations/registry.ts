import type { Gateway } from '#model/registry/gateway.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import type { Profile } from '#model/registry/profile.ts';
import type { Station } from '#model/registry/station.ts';

export interface RegistryRows {
  registry(): Registry;
  /** Makes the changes in one transaction, all or none, and gives the new registry. */
  changeRegistry(changes: readonly RegistryChange[]): Promise<Registry>;
  /** Hashes of the secrets that are valid for a device; none when it is unknown or revoked. */
  secretHashes(device: string, now: Instant): readonly Uint8Array[];
  /** The device that a claim code of this hash was made for, while it is valid. */
  claimed(hash: Uint8Array, now: Instant): string | undefined;
}

/** Two secrets are valid at a time, so that one can be rotated without silence: the newest, and for a time the one before. */
export type RegistryChange =
  | { readonly kind: 'put-station'; readonly station: Station }
  | { readonly kind: 'remove-station'; readonly station: string }
  | { readonly kind: 'put-device'; readonly device: Device }
  | { readonly kind: 'remove-device'; readonly device: string }
  | { readonly kind: 'add-secret'; readonly device: string; readonly hash: Uint8Array; readonly at: Instant }
  /** Leaves the newest secret alone valid. */
  | { readonly kind: 'finish-rotation'; readonly device: string }
  | { readonly kind: 'revoke'; readonly device: string }
  /** In place of the claim code that the device had. */
  | { readonly kind: 'put-claim'; readonly device: string; readonly hash: Uint8Array; readonly until: Instant }
  | { readonly kind: 'remove-claim'; readonly device: string }
  /** A version of a profile; it is never changed. */
  | { readonly kind: 'put-profile'; readonly profile: Profile }
  | { readonly kind: 'put-gateway'; readonly gateway: Gateway }
  /** Beside the one before, as with devices. */
  | { readonly kind: 'add-gateway-secret'; readonly gateway: string; readonly hash: Uint8Array; readonly at: Instant }
  | { readonly kind: 'finish-gateway-rotation'; readonly gateway: string }
  | { readonly kind: 'revoke-gateway'; readonly gateway: string };
