import { randomBytes } from 'node:crypto';
import { CLAIM_BYTES, makeClaimCode, readClaimCode } from '#model/registry/claim-code.ts';
import type { Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { hashSecret, Secret } from '#model/base/secret.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { Issued, RegistryService } from './service.ts';

/** A claim code in an answer, which shows it once. */
export interface ClaimIssued {
  readonly device: string;
  readonly code: Secret;
  readonly until: Instant;
}

/** Claim codes on labels of devices. Each is exchanged for a secret once. */
export interface ClaimService {
  /** Replaces the earlier code of the device. @throws Fault `NOT_FOUND`, `CONFLICT` for a revoked device */
  issue(device: string, valid: Duration): Promise<ClaimIssued>;
  /** Makes a code without storing it; the change stores it. */
  prepare(device: string, valid: Duration): { readonly issued: ClaimIssued; readonly change: RegistryChange };
  /**
   * A new secret for the device, which replaces all earlier ones. @throws Fault `CLAIM_REFUSED`, always the same: for a code that
   * is wrong, used or out of date
   */
  take(typed: string): Promise<Issued>;
}

const refused = (): Fault =>
  new Fault('CLAIM_REFUSED', 'check the code on the label; a code works once, and for a limited time only');

export const makeClaimService = (service: RegistryService): ClaimService => {
  const { clock, operations, secretKey } = service.deps;

  const prepare: ClaimService['prepare'] = (device, valid) => {
    const code = makeClaimCode(randomBytes(CLAIM_BYTES));
    const until = clock.now() + valid.ms;
    const change = { kind: 'put-claim', device, hash: hashSecret(secretKey, code), until } as const;
    return { issued: { device, code: new Secret(code), until }, change };
  };

  return {
    prepare,
    issue: (id, valid) =>
      service.inTurn(async () => {
        const device = service.device(id);
        if (device.revoked) throw new Fault('CONFLICT', `device ${id} is revoked; POST /v1/devices lets it in again`);
        const { issued, change } = prepare(device.id, valid);
        await service.change([change]);
        return issued;
      }),
    take: async (typed) => {
      const code = readClaimCode(typed);
      // hashed in both cases, so that the response time reveals nothing
      const hash = hashSecret(secretKey, code ?? 'no code');
      const isThere = (): boolean => operations.claimed(hash, clock.now()) !== undefined;
      // wrong codes do not delay changes of the registry
      if (code === undefined || !isThere()) throw refused();
      return service.inTurn(async () => {
        const device = operations.claimed(hash, clock.now());
        if (device === undefined) throw refused();
        const made = service.makeSecret();
        await service.change([
          { kind: 'remove-claim', device },
          { kind: 'add-secret', device, hash: made.hash, at: clock.now() },
          { kind: 'finish-rotation', device },
        ]);
        return { device, secret: made.secret };
      });
    },
  };
};
