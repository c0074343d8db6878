import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AddressDecision } from '../../../../src/advertise/decision.ts';
import { createEventLog } from '../../../../src/engine/history/event-log.ts';
import type { Announced } from '../../../../src/engine/pass/order.ts';
import { address } from '../../model/fixtures.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';

describe('the log of what happens', () => {
  it('has a line for each pod that comes and goes, and for its addresses, with the reason', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A], false);
    world.source.setReady('web', true);
    await world.settled();
    world.source.setReady('web', false);
    await world.settled();
    world.source.setReady('web', true);
    await world.settled();
    await world.engine.delete({ containerId: 'web', ifname: 'eth0' });
    const told = world.lines
      .filter((line) => line.startsWith('info ') && /\b(pod|192\.0\.2\.1)\b/.test(line))
      .map((line) => line.replace(/[\d.]+ ms/, 'N ms').replace(/flock[0-9a-f]{8}, [^;]*after/, 'DEVICE, after'));
    expect(told).toEqual([
      'info pod default/web is added: DEVICE, after N ms',
      'info pod default/web is not ready: notReady (told so)',
      'info pod default/web is ready',
      'info 192.0.2.1 is announced through default/web, no longer notReady; BIRD has accepted that after N ms',
      'info pod default/web is not ready: notReady (told so)',
      'info 192.0.2.1 is withdrawn: notReady (told so); BIRD has accepted that after N ms',
      'info pod default/web is ready',
      'info 192.0.2.1 is announced through default/web, no longer notReady; BIRD has accepted that after N ms',
      'info pod default/web is not ready: terminating (the attachment of default/web is being removed)',
      'info 192.0.2.1 is withdrawn: terminating (the attachment of default/web is being removed); BIRD has accepted that after N ms',
      'info pod default/web is deleted: DEVICE, after N ms',
    ]);
  });

  it('has no line for a pod that was as it is before flockd started, but for what BIRD is given', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    world.lines.length = 0;
    await world.start();
    await world.settled();
    expect(world.lines.filter((line) => line.includes('pod default/web'))).toEqual([]);
    expect(world.lines.filter((line) => line.includes(`${A} is announced`))).toHaveLength(1);
  });

  it('counts flaps, and loses none when flockd ends', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    for (let flip = 0; flip < 30; flip += 1) {
      world.source.setReady('web', false);
      await world.settled();
      world.source.setReady('web', true);
      await world.settled();
    }
    await world.stop();
    const withdrawn = world.lines.filter((line) => line.includes(`${A} is withdrawn`));
    expect(withdrawn).toHaveLength(20);
    expect(world.lines).toContain(`info 10 more withdrawals of ${A} in the last 60 s`);
    expect(world.lines).toContain(`info 11 more announcements of ${A} in the last 60 s`);
  });

  describe('in fake time', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('tells what it holds back when the minute is over, although nothing more happens', async () => {
      const lines: string[] = [];
      const say = (_fields: object, line: string): void => void lines.push(line);
      const events = createEventLog({ debug: say, info: say, warn: say, error: say }, () => performance.now());
      const one: AddressDecision = {
        ...{ address: address(A), kind: 'anycast', claimants: [], nextHops: [], communities: [] },
        ...{ reason: undefined, message: undefined },
      };
      const set: Announced = new Map([[one.address, one]]);
      for (let flip = 0; flip < 23; flip += 1) {
        events.onAccepted(new Map(), set);
        events.onAccepted(set, new Map());
      }
      expect(lines).toHaveLength(40);
      await vi.advanceTimersByTimeAsync(61_000);
      expect(lines.slice(40).sort()).toEqual([
        `3 more announcements of ${A} in the last 60 s`,
        `3 more withdrawals of ${A} in the last 60 s`,
      ]);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(lines).toHaveLength(42);
      events.close();
    });
  });
});
