import type { LabBird } from '../../lab/lab.ts';

/** What a router's log tells of a session with the node, or of a route that came over it. */
export type RouterEvent =
  | { readonly kind: 'up' | 'down'; readonly session: string; readonly line: string }
  | { readonly kind: 'gained' | 'lost'; readonly session: string; readonly prefix: string; readonly line: string };

/** `debug states`: `<TRACE> node1: State changed to up` (nest/proto.c). */
const STATE = /<TRACE> (\w+): State changed to (\w+)$/;
/** `debug routes`: `<TRACE> node1.ipv4 > added [best] 192.0.2.1/32 …` for what the neighbour sends (nest/rt-table.c). */
const ROUTE = /<TRACE> (\w+)\.\w+ > (added|updated|removed|withdrawn) (?:\[[\w -]+\] )?([0-9a-f][0-9a-f.:]*\/\d+) /;

/** Reads one line; undefined when it tells of nothing that is watched. */
export function routerEvent(line: string): RouterEvent | undefined {
  const [, stateOf, state] = STATE.exec(line) ?? [];
  // What lies between up and up, such as stop, flush and start, is all the same: the session is not there.
  if (stateOf !== undefined) return { kind: state === 'up' ? 'up' : 'down', session: stateOf, line };
  const [, session, change, prefix] = ROUTE.exec(line) ?? [];
  if (session === undefined || prefix === undefined) return undefined;
  return { kind: change === 'added' || change === 'updated' ? 'gained' : 'lost', session, prefix, line };
}

/** The log of one router from its start, a bit at a time. */
export class RouterLog {
  readonly #bird: LabBird;
  #read = 0;

  constructor(bird: LabBird) {
    this.#bird = bird;
  }

  /** What was logged since the last call. */
  next(): RouterEvent[] {
    const text = this.#bird.log();
    const end = text.lastIndexOf('\n') + 1;
    const lines = text.slice(this.#read, end).split('\n');
    this.#read = end;
    return lines.map(routerEvent).filter((event) => event !== undefined);
  }
}
