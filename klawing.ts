#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { runProgram } from './cli/program.ts';

// databases and journal hold what others must not read, and make their files as they please
process.umask(0o077);

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());

// a part that "klawing up" started drains and ends with it, also when that was killed
process.on('disconnect', () => ending.abort());
process.channel?.unref();

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  out: (text) => console.log(text),
  error: (text) => console.error(text),
  isTerminal: process.stderr.isTTY,
  isSupervised: process.send !== undefined,
  ended: ending.signal,
});
