import { describe, expect, it } from 'vitest';
import { type BirdMemory, shortfallOf } from '../../../../src/bird/measure/memory.ts';
import { readMemory } from '../../../../src/bird/measure/read-memory.ts';
import { BirdError, type BirdRoute, type ProtocolStatus, type RouteQuery } from '../../../../src/bird-control/types.ts';
import type { Address, Family } from '../../../../src/model/address.ts';
import { hostPrefix } from '../../../../src/model/prefix.ts';
import { address } from '../../model/fixtures.ts';
import { route } from '../publish/file-reading-bird.ts';
import { announcing, session } from './statuses.ts';

const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(address) as [Address, Address, Address];
const SIX = address('2001:db8:ffff::53');

/** A BIRD that has these routes, and has told its sessions these. */
class MemorizedBird {
  readonly asked: string[] = [];
  has: readonly Address[];
  readonly told: Readonly<Record<string, readonly Address[]>>;
  failure: BirdError | undefined;

  constructor(has: readonly Address[], told: Readonly<Record<string, readonly Address[]>> = {}) {
    this.has = has;
    this.told = told;
  }

  async showRoutes(query: RouteQuery): Promise<BirdRoute[]> {
    return this.#find('list', query).map((one) => route(hostPrefix(one)));
  }

  async countRoutes(query: RouteQuery): Promise<number> {
    return this.#find('count', query).length;
  }

  #find(how: string, { toldTo, protocol = '' }: RouteQuery): readonly Address[] {
    this.asked.push(`${how} ${toldTo ?? 'table'}`);
    if (this.failure !== undefined) throw this.failure;
    const family = protocol.endsWith('6') ? ':' : '.';
    return (toldTo === undefined ? this.has : (this.told[toldTo] ?? [])).filter((one) => one.includes(family));
  }
}

const wanted = (...addresses: Address[]): ReadonlyMap<Family, ReadonlySet<Address>> =>
  new Map([
    [4, new Set(addresses.filter((one) => one.includes('.')))],
    [6, new Set(addresses.filter((one) => one.includes(':')))],
  ]);

/** What each address is said to be. */
function reasons(memory: BirdMemory, ...addresses: Address[]): string[] {
  return addresses.map((one) => {
    const found = memory.get(one.includes(':') ? 6 : 4);
    return found === undefined ? 'unknown' : (shortfallOf(found, one)?.reason ?? 'told');
  });
}

const tor = (name: string, four: number, six = 0) => session(name, 'Established', { exported: { 4: four, 6: six } });
const down = session('tor1', 'Active');

describe("BIRD's memory", () => {
  it.each<[string, Address[], Record<string, Address[]>, ProtocolStatus[], string[]]>([
    [
      'has everything and tells it',
      [A, B, C],
      { tor1: [A, B, C] },
      [announcing(4, 3), tor('tor1', 3)],
      ['told', 'told', 'told'],
    ],
    ['has no session that is up', [A, B, C], {}, [announcing(4, 3), down], ['noPeer', 'noPeer', 'noPeer']],
    [
      'has a session without a channel of the family',
      [A, B, C],
      {},
      [announcing(4, 3), session('tor1', 'Established', { exported: { 6: 0 } })],
      ['noPeer', 'noPeer', 'noPeer'],
    ],
    [
      'tells nothing, since a filter refuses it',
      [A, B, C],
      { tor1: [] },
      [announcing(4, 3), tor('tor1', 0)],
      ['noPeer', 'noPeer', 'noPeer'],
    ],
    ['tells a part', [A, B, C], { tor1: [A] }, [announcing(4, 3), tor('tor1', 1)], ['told', 'noPeer', 'noPeer']],
    [
      'tells one part to each of two',
      [A, B, C],
      { tor1: [A], tor2: [C] },
      [announcing(4, 3), tor('tor1', 1), tor('tor2', 1)],
      ['told', 'noPeer', 'told'],
    ],
    ['lacks a route', [A, C], { tor1: [A, C] }, [announcing(4, 2), tor('tor1', 2)], ['told', 'notInBird', 'told']],
    [
      'has another one in its place',
      [A, C, address('192.0.2.9')],
      { tor1: [A, C, address('192.0.2.9')] },
      [announcing(4, 3), tor('tor1', 3)],
      ['told', 'notInBird', 'told'],
    ],
    [
      'has a disabled protocol',
      [],
      {},
      [announcing(4, 0, 'down'), tor('tor1', 0)],
      ['notInBird', 'notInBird', 'notInBird'],
    ],
    ['runs another text', [], {}, [tor('tor1', 0)], ['notInBird', 'notInBird', 'notInBird']],
  ])('%s', async (_what, has, told, protocols, expected) => {
    const memory = await readMemory(new MemorizedBird(has, told), protocols, wanted(A, B, C), undefined);
    expect(reasons(memory, A, B, C)).toEqual(expected);
  });

  it('is that of each family for itself', async () => {
    const bird = new MemorizedBird([A, SIX], { tor1: [A], tor6: [SIX] });
    const six = session('tor6', 'Active');
    const memory = await readMemory(
      bird,
      [announcing(4, 1), announcing(6, 1), tor('tor1', 1), six],
      wanted(A, SIX),
      undefined,
    );
    expect(reasons(memory, A, SIX)).toEqual(['told', 'noPeer']);
  });

  it('is told by other routing protocols than BGP too', async () => {
    const ospf = { ...tor('ospf1', 1), type: 'OSPF', bgp: undefined, info: 'Running' };
    const memory = await readMemory(
      new MemorizedBird([A], { ospf1: [A] }),
      [announcing(4, 1), ospf],
      wanted(A),
      undefined,
    );
    expect(reasons(memory, A)).toEqual(['told']);
  });

  it('is compared by name at first, then by number, and not at all while nothing moves', async () => {
    const bird = new MemorizedBird([A, B], { tor1: [A, B] });
    const protocols = [announcing(4, 2), announcing(6, 0), tor('tor1', 2)];
    const both = wanted(A, B);
    const first = await readMemory(bird, protocols, both, undefined);
    expect(bird.asked.splice(0)).toEqual(['list table', 'count tor1']);
    const second = await readMemory(bird, protocols, both, first);
    expect(bird.asked).toEqual([]);
    bird.has = [A, B, C];
    await readMemory(bird, [announcing(4, 3), announcing(6, 0), tor('tor1', 2)], wanted(A, B, C), second);
    expect(bird.asked).toEqual(['count tor1', 'list tor1']);
  });

  it('takes a session that has just gone down for one that tells nothing', async () => {
    const bird = new MemorizedBird([A]);
    const memory = await readMemory(bird, [announcing(4, 1)], wanted(A), undefined);
    bird.failure = new BirdError('refused', 'No valid tables', { code: 9001 });
    const later = await readMemory(bird, [announcing(4, 1), tor('tor1', 1)], wanted(A), memory);
    expect(reasons(later, A)).toEqual(['noPeer']);
  });

  it('that is too large to be listed is not called short', async () => {
    const bird = new MemorizedBird([A], { tor1: [A] });
    bird.failure = new BirdError('tooLarge', 'more than 16 MiB');
    bird.countRoutes = async () => 1;
    const memory = await readMemory(bird, [announcing(4, 1), tor('tor1', 1)], wanted(A), undefined);
    expect(reasons(memory, A)).toEqual(['told']);
  });

  it('may spell an address otherwise than flockd', async () => {
    const bird = new MemorizedBird([]);
    bird.showRoutes = async () => [route('2001:db8:ffff:0:0:0:0:53/128', 'flock_announce6')];
    const memory = await readMemory(bird, [announcing(6, 1), down], wanted(SIX), undefined);
    expect(reasons(memory, SIX)).toEqual(['noPeer']);
  });
});
