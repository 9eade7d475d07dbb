import { startKlawing, startPeerChain } from '#bench/peers/chain.ts';
import { type Contender, playContest } from '#bench/peers/contest.ts';
import { startNodeRed } from '#bench/peers/node-red.ts';
import { findProgram, notInstalled, type ProgramName } from '#bench/peers/programs.ts';
import { startTelegraf } from '#bench/peers/telegraf.ts';
import type { RowResult } from '#bench/report/figure.ts';
import type { Bench, Row } from '#bench/row.ts';

const OURS: Contender = { name: 'Klawing + InfluxDB', start: startKlawing };

interface PeerContender extends Contender {
  /** Programs that it needs beside InfluxDB. */
  readonly needs: readonly ProgramName[];
}

const PEERS: readonly PeerContender[] = [
  {
    name: 'Mosquitto + Telegraf + InfluxDB',
    start: startPeerChain(startTelegraf),
    needs: ['mosquitto', 'telegraf'],
    atLeast: 1.6,
  },
  { name: 'Mosquitto + Node-RED + InfluxDB', start: startPeerChain(startNodeRed), needs: ['mosquitto', 'node-red'] },
];

const missingOf = ({ needs }: PeerContender): readonly ProgramName[] =>
  needs.filter((name) => findProgram(name) === undefined);

const measure = async (bench: Bench): Promise<RowResult> => {
  const installed = PEERS.filter((peer) => missingOf(peer).length === 0);
  const { notes, ...played } = await playContest([OURS, ...installed], bench);
  const missing = [...new Set(PEERS.flatMap(missingOf))];
  return { row: 'peers', ...played, notes: [...notes, ...missing.map(notInstalled)] };
};

export const peers: Row = {
  name: 'peers',
  title: 'end to end into InfluxDB, beside Mosquitto with Telegraf or Node-RED',
  measure,
};
