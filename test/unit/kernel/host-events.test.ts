import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KernelEvent } from '../../../src/kernel/codec/event.ts';
import { gather, HostEvents } from '../../../src/kernel/host-events.ts';
import type { HostChange, HostInterest } from '../../../src/kernel/ports.ts';
import { address, prefix } from '../model/fixtures.ts';
import { message, ScriptedKernel } from './scripted-kernel.ts';

/** Link 2 is the host's, 5 and 6 are pods'. */
const INTEREST: HostInterest = {
  protocol: 202,
  kindOf: (index) => (index === 2 ? 'host' : index === 5 || index === 6 ? 'pod' : undefined),
  ownerOf: (own) => (own === '10.1.1.2' ? 5 : own === '192.0.2.1' || own === '2001:db8::1' ? 'claim' : undefined),
};

const route = (to: string, more: Partial<Extract<KernelEvent, { kind: 'route' }>> = {}): KernelEvent => ({
  ...{ kind: 'route', protocol: 3, destination: prefix(to), linkIndex: 2, direct: false },
  ...more,
});

const onLink = (linkIndex: number, text: string, gone: boolean): KernelEvent => ({
  ...{ kind: 'address', linkIndex, address: address(text), gone },
});

/** What is noted, in words. */
function noted(event: KernelEvent, own = false): string {
  const into = { links: false, ends: new Set<number>(), routes: false, host: false, sysctls: false, lost: false };
  gather(into, event, own, INTEREST);
  const words = (['links', 'routes', 'host', 'sysctls'] as const).filter((key) => into[key]);
  return [...words, ...[...into.ends].map((index) => `end ${index}`)].join(', ');
}

describe('an event of the kernel', () => {
  const own = { protocol: 202 };
  it.each<[string, KernelEvent, string]>([
    ['of a link has the links looked at', { kind: 'link' }, 'links'],
    ['of an address of the host has the host', onLink(2, '10.0.0.1', true), 'host'],
    ['of a new address of a pod has its end', onLink(5, '10.0.0.1', false), 'end 5'],
    ['of one that went the routes too', onLink(5, '10.0.0.1', true), 'routes, end 5'],
    ['of an address of a link that is not known nothing', onLink(9, '10.0.0.1', true), ''],
    ['of a pod’s address somewhere else the routes', onLink(9, '10.1.1.2', false), 'routes'],
    ['of a claim on the host both', onLink(2, '192.0.2.1', false), 'routes, host'],
    ['of a claim that goes from there the routes', onLink(9, '2001:db8::1', true), 'routes'],
    ['of a pod as neighbour its end', { kind: 'neighbour', linkIndex: 5, address: address('10.1.1.2') }, 'end 5'],
    [
      'of a neighbour that a pod pretends nothing',
      { kind: 'neighbour', linkIndex: 6, address: address('10.1.1.2') },
      '',
    ],
    ['of a neighbour of the host nothing', { kind: 'neighbour', linkIndex: 2, address: address('10.0.0.254') }, ''],
    ['of a route to a claim by us the routes', route('192.0.2.9/32', own), 'routes'],
    [
      'of a route of ours straight to a pod its end',
      route('10.1.1.2/32', { ...own, linkIndex: 5, direct: true }),
      'routes, end 5',
    ],
    ['of another’s route to a claim the routes', route('192.0.2.1/32'), 'routes'],
    ['of another’s route to a claim, IPv6', route('2001:db8::1/128'), 'routes'],
    ['of another’s route to a pod its end', route('10.1.1.2/32', { linkIndex: 2 }), 'routes, end 5'],
    ['of another’s wider route nothing', route('192.0.2.0/24'), ''],
    ['of another’s route to a foreign address nothing', route('198.51.100.7/32'), ''],
    ['of a default route the host', route('0.0.0.0/0'), 'host'],
    ['of a network of the host’s link the host', route('10.9.0.0/24', { direct: true }), 'host'],
    ['of a link-local network nothing', route('fe80::/64', { direct: true }), ''],
    ['of a network of a pod’s link nothing', route('10.9.0.0/24', { direct: true, linkIndex: 5 }), ''],
    ['of a next hop of our protocol the routes', { kind: 'nextHop', id: 1, protocol: 202 }, 'routes'],
    ['of a next hop with an id of ours the routes', { kind: 'nextHop', id: 202 * 2 ** 20 + 7, protocol: 3 }, 'routes'],
    ['of another next hop nothing', { kind: 'nextHop', id: 17, protocol: 11 }, ''],
    ['of a rule the routes', { kind: 'rule' }, 'routes'],
    ['of a setting for all the sysctls', { kind: 'setting', linkIndex: undefined }, 'sysctls'],
    ['of a setting of the host’s link the sysctls', { kind: 'setting', linkIndex: 2 }, 'sysctls'],
    ['of a setting of a pod’s link its end', { kind: 'setting', linkIndex: 6 }, 'end 6'],
  ])('%s', (_what, event, expected) => {
    expect(noted(event)).toBe(expected);
  });

  it('that a request of ours has caused says nothing new, of links apart', () => {
    expect(noted(route('192.0.2.1/32', own), true)).toBe('');
    expect(noted({ kind: 'nextHop', id: 1, protocol: 202 }, true)).toBe('');
    expect(noted({ kind: 'link' }, true)).toBe('links');
  });
});

const event = (): Buffer => message(16, 0, 0, (writer) => writer.u32(0));
/** A route of another program to an address that is nobody's here, an event that gets past the filter in the kernel. */
const foreign = (): Buffer =>
  message(24, 0, 0, (writer) => {
    for (const byte of [2, 32, 0, 0, 254, 3, 0, 1]) writer.u8(byte);
    writer.u32(0);
    writer.attributeAddress(1, address('198.51.100.7'));
  });
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

function eventsOf(kernel: ScriptedKernel): HostEvents {
  return new HostEvents((_protocol, listener) => kernel.open(listener));
}

describe('the events of the host', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('call every listener once for all that comes in one turn', async () => {
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const [a, b] = [vi.fn<(change: HostChange) => void>(), vi.fn<(change: HostChange) => void>()];
    events.listen(INTEREST, a);
    events.listen(INTEREST, b);
    for (let i = 0; i < 5; i += 1) kernel.answer(event());
    await turns(3);
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 1]);
    expect(a.mock.calls[0]?.[0]).toMatchObject({ links: true, host: false, lost: false });
    kernel.answer(event());
    await turns(3);
    expect(a).toHaveBeenCalledTimes(2);
    expect(kernel.opened).toBe(1);
    events.close();
  });

  it('wake no listener that they do not concern, however many they are', async () => {
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const listener = vi.fn();
    events.listen(INTEREST, listener);
    for (let i = 0; i < 1_000; i += 1) kernel.answer(foreign());
    await turns(3);
    expect(listener).not.toHaveBeenCalled();
    events.close();
  });

  it('tell that some were lost when the kernel has counted so, though those that came say nothing', async () => {
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const listener = vi.fn<(change: HostChange) => void>();
    events.listen(INTEREST, listener);
    kernel.answer(foreign());
    kernel.dropped = 3;
    await turns(3);
    expect(listener.mock.calls.map(([change]) => change.lost)).toEqual([true]);
    kernel.answer(foreign());
    await turns(3);
    expect(listener).toHaveBeenCalledTimes(1);
    events.close();
  });

  it('stop for a listener that is removed, and close the socket with the last one', async () => {
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const [a, b] = [vi.fn(), vi.fn()];
    const removeA = events.listen(INTEREST, a);
    const removeB = events.listen(INTEREST, b);
    removeA();
    kernel.answer(event());
    await turns(3);
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([0, 1]);
    removeB();
    expect(kernel.closed).toBe(1);
    events.listen(INTEREST, a);
    expect(kernel.opened).toBe(2);
    events.close();
  });

  it.each([
    ['when theirs fails', (kernel: ScriptedKernel) => kernel.fail('recvmsg failed: ENOMEM')],
    ['when what comes cannot be read', (kernel: ScriptedKernel) => kernel.answer(Buffer.from('nonsense'))],
  ])('open a new socket %s, and tell that some may be lost', async (_when, disturb) => {
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const listener = vi.fn<(change: HostChange) => void>();
    events.listen(INTEREST, listener);
    disturb(kernel);
    await turns(3);
    expect(listener.mock.calls.map(([change]) => change.lost)).toEqual([true]);
    expect([kernel.opened, kernel.closed]).toEqual([2, 1]);
    kernel.answer(event());
    await turns(3);
    expect(listener).toHaveBeenCalledTimes(2);
    events.close();
  });

  it('keep trying while no socket can be opened, and tell each time that some may be lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    const listener = vi.fn();
    events.listen(INTEREST, listener);
    kernel.refuseToOpen = 2;
    kernel.fail('gone');
    await turns(3);
    expect([kernel.opened, listener.mock.calls.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(1_000);
    await turns(2);
    expect([kernel.opened, listener.mock.calls.length]).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(1_000);
    await turns(2);
    expect([kernel.opened, listener.mock.calls.length]).toEqual([2, 3]);
    events.close();
  });

  it('leave nothing running when closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const kernel = new ScriptedKernel();
    const events = eventsOf(kernel);
    events.listen(INTEREST, vi.fn());
    kernel.refuseToOpen = 9;
    kernel.fail('gone');
    await turns(3);
    events.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tell who listens first when there is no socket', () => {
    const kernel = new ScriptedKernel();
    kernel.refuseToOpen = 1;
    expect(() => eventsOf(kernel).listen(INTEREST, () => {})).toThrow('EMFILE');
  });
});
