import type { NamedNeighbors, Neighbor } from './neighbors.ts';

/** Represents unknown exports; it is not a network. */
const UNKNOWN = '?';

/**
 * The neighbours that have a session, one on a line: address, sessions, families, and what they are sent, with tabs
 * between them and commas within. None of BIRD's names, addresses and networks has either.
 */
export function writeNeighbors(neighbors: NamedNeighbors): string {
  return [...neighbors]
    .filter(([, { established }]) => established)
    .map(([address, { sessions, families, exports = [UNKNOWN] }]) =>
      [[address], sessions, [...families], [...exports]].map((words) => words.join(',')).join('\t'),
    )
    .join('\n');
}

/** Reads them back. A line of another form names no neighbour. */
export function parseNeighbors(text: string): NamedNeighbors {
  const neighbors = new Map<string, Neighbor<ReadonlySet<string>>>();
  for (const line of text.split('\n')) {
    const [address = '', sessions = '', families, told, ...more] = line.split('\t');
    if (address === '' || families === undefined || told === undefined || more.length > 0) continue;
    neighbors.set(address, {
      ...{ sessions: words(sessions), established: true, state: '', families: new Set(words(families)) },
      exports: told === UNKNOWN ? undefined : new Set(words(told)),
    });
  }
  return neighbors;
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(',');
}
