import { describe, expect, it } from 'vitest';
import { vanishedAmong } from '../../../src/allocation/vanished.ts';
import type { Link } from '../../../src/kernel/ports.ts';
import { allocation } from './fixtures.ts';

const one = allocation(1);

function link(name: string, changes: Partial<Link> = {}): Link {
  return {
    ...{ index: 7, name, kind: 'veth', mac: '02:00:00:00:00:99', mtu: 1500, up: true, carrier: true },
    ...{ alias: undefined, addrGenMode: 1, peerIndex: 2, carrierChanges: 0 },
    ...changes,
  };
}

describe('an attachment has vanished', () => {
  const named = link(one.hostInterface);
  const renamed = link('lost', { mac: one.hostMac });
  const other = link('eth0', { mac: one.hostMac, kind: undefined });
  it.each([
    ['when neither its interface nor its sandbox is left', [], false, true],
    ['unless its interface is there', [named], false, false],
    ['unless its interface is there under another name', [renamed], false, false],
    ['also when a device that is no veth has its hardware address', [other], false, true],
    ['unless its sandbox stands', [], true, false],
  ])('%s', (_when, links, stands, vanished) => {
    expect(vanishedAmong([one], links, () => stands)).toEqual(vanished ? [one] : []);
  });

  it('and its sandbox is not looked for while its interface is there', () => {
    const fail = () => {
      throw new Error('looked for');
    };
    expect(vanishedAmong([one], [named], fail)).toEqual([]);
  });
});
