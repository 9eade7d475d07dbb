import { randomBytes } from 'node:crypto';
import { CLAIM_BYTES, makeClaimCode, readClaimCode } from '#model/registry/claim-code.ts';
import type { Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { hashSecret, Secret } from '#model/base/secret.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { Issued, RegistryService } from './service.ts';

/** A claim code on its way to the one who prints it: shown this once. */
export interface ClaimIssued {
  readonly device: string;
  readonly code: Secret;
  readonly until: Instant;
}

/** Codes on boxes, each of which is exchanged once for a secret. */
export interface ClaimService {
  /** In place of the code that the device had. @throws Fault `NOT_FOUND`, `CONFLICT` for a revoked device */
  issue(device: string, valid: Duration): Promise<ClaimIssued>;
  /** Makes a code without writing it down; the change does that. */
  prepare(device: string, valid: Duration): { readonly issued: ClaimIssued; readonly change: RegistryChange };
  /**
   * The device's own secret, in place of all that it had. @throws Fault `CLAIM_REFUSED`, always the same: for a code that
   * is wrong, used or out of date
   */
  take(typed: string): Promise<Issued>;
}

const refused = (): Fault =>
  new Fault('CLAIM_REFUSED', 'check the code on the label; a code works once, and for a limited time only');

export const makeClaimService = (desk: RegistryService): ClaimService => {
  const { clock, operations, secretKey } = desk.deps;

  const prepare: ClaimService['prepare'] = (device, valid) => {
    const code = makeClaimCode(randomBytes(CLAIM_BYTES));
    const until = clock.now() + valid.ms;
    const change = { kind: 'put-claim', device, hash: hashSecret(secretKey, code), until } as const;
    return { issued: { device, code: new Secret(code), until }, change };
  };

  return {
    prepare,
    issue: (id, valid) =>
      desk.inTurn(async () => {
        const device = desk.device(id);
        if (device.revoked) throw new Fault('CONFLICT', `device ${id} is revoked; POST /v1/devices lets it in again`);
        const { issued, change } = prepare(device.id, valid);
        await desk.change([change]);
        return issued;
      }),
    take: async (typed) => {
      const code = readClaimCode(typed);
      // hashed either way, so that the time tells no more than the answer
      const hash = hashSecret(secretKey, code ?? 'no code');
      const isThere = (): boolean => operations.claimed(hash, clock.now()) !== undefined;
      // wrong codes do not stand in the way of those who change the registry
      if (code === undefined || !isThere()) throw refused();
      return desk.inTurn(async () => {
        const device = operations.claimed(hash, clock.now());
        if (device === undefined) throw refused();
        const made = desk.makeSecret();
        await desk.change([
          { kind: 'remove-claim', device },
          { kind: 'add-secret', device, hash: made.hash, at: clock.now() },
          { kind: 'finish-rotation', device },
        ]);
        return { device, secret: made.secret };
      });
    },
  };
};
