import { expect, it } from 'vitest';
import { restartKeys, takeUpLive } from '../../../src/config/restart-keys.ts';
import { FULL, parse } from './fixtures.ts';

const running = parse(FULL);

it('nothing needs a restart where nothing changed', () => {
  expect(restartKeys(running, parse(FULL))).toEqual([]);
});

it('names the changed keys that need one, and no other', () => {
  const loaded = parse(
    FULL.replace('node: node1', 'node: node2')
      .replace('source: directory', 'source: kubernetes')
      .replace('routeProtocol: 202', 'routeProtocol: 203')
      .replace('allocations.json', 'other.json')
      .replace('flock.sock', 'other.sock')
      .replace('mtu: auto', 'mtu: 9000'),
  );
  expect(restartKeys(running, loaded)).toEqual(['node', 'state', 'socket', 'routeProtocol', 'pods.source']);
  const live = takeUpLive(running, loaded);
  expect(restartKeys(running, live)).toEqual([]);
  expect(live.mtu).toBe(9000);
});

it('takes everything else up live', () => {
  const loaded = parse(
    FULL.replace('mtu: auto', 'mtu: 9000')
      .replace('/etc/flock/pods.d', '/srv/pods.d')
      .replace('127.0.0.1:9179', '127.0.0.1:9180')
      .replace('asn: 64600', 'asn: 64599')
      .replace('10.1.1.0/24', '10.1.2.0/24'),
  );
  expect(restartKeys(running, loaded)).toEqual([]);
  expect(takeUpLive(running, loaded)).toEqual(loaded);
});
