import { join } from 'node:path';
import { DIST } from './cni.ts';

/** The verbs that ask the daemon and nothing else, so that it does not matter in which network namespace they run. */
const ASKING: readonly string[] = ['status', 'pods', 'addresses'];

/** Whether {@link askFlockctl} can run a verb. */
export function asksDaemonOnly(verb: string): boolean {
  return ASKING.includes(verb);
}

/** What `dist/flockctl.js` exports. */
interface FlockctlProgram {
  main(argv: readonly string[], context: { out: Write; err: Write; now(): Date }): Promise<number>;
}
type Write = (text: string) => void;

/**
 * Runs `dist/flockctl.js` in this process and returns its standard output. As a process of its own it needs a tenth of a
 * second of processor time, most of it for Node to start, and tests ask for the status again and again while they wait: two
 * of them would keep two cores busy. That the program runs as a process is seen where its text is looked at.
 * @throws Error with what it says when its exit status is not 0.
 */
export async function askFlockctl(argv: readonly string[]): Promise<string> {
  const { main }: FlockctlProgram = await import(join(DIST, 'flockctl.js'));
  let out = '';
  let err = '';
  const status = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    now: () => new Date(),
  });
  if (status !== 0) throw new Error(`flockctl ${argv.join(' ')}: exit status ${status}: ${err}`);
  return out;
}
