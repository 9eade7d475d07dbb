import { alert } from './alert.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { bench } from './bench.ts';
import { broker } from './broker.ts';
import { decode } from './decode.ts';
import { device } from './device.ts';
import { doctor } from './doctor.ts';
import { exportReadings } from './export.ts';
import { gateway } from './gateway.ts';
import { ingest } from './ingest.ts';
import { ledger } from './ledger.ts';
import { quarantine } from './quarantine.ts';
import { replay } from './replay.ts';
import { restore } from './restore.ts';
import { sim } from './sim.ts';
import { station } from './station.ts';
import { token } from './token.ts';
import { tls } from './tls.ts';
import { up } from './up.ts';
import { user } from './user.ts';
import type { Verb } from '#cli/context.ts';

/** Every verb of the command line, in the order of `klawing --help`. */
export const VERBS: readonly Verb[] = [
  up,
  broker,
  ingest,
  sim,
  station,
  device,
  decode,
  gateway,
  user,
  token,
  audit,
  ledger,
  quarantine,
  replay,
  backup,
  restore,
  doctor,
  tls,
  alert,
  exportReadings,
  bench,
];
