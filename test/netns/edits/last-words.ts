import type { LabProcess } from '../../lab/lab.ts';

/** Lines of the daemon's log that a failure shows. */
const LINES = 8;

/** Whether the daemon still runs, and what it has said last: its own log, and what Node says of a crash. */
export function lastWords(daemon: LabProcess): string {
  const said = `${daemon.stdout().trimEnd()}\n${daemon.stderr().trimEnd()}`.split('\n').slice(-LINES);
  return `flockd ${daemon.running() ? 'runs' : 'has ended'}; its last words:\n${said.join('\n')}`;
}
