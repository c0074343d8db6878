import { afterEach, describe, expect, it, vi } from 'vitest';
import { LinkEvents } from '../../../src/kernel/link-events.ts';
import { message, ScriptedKernel } from './scripted-kernel.ts';

const event = (): Buffer => message(16, 0, 0, (writer) => writer.u32(0));
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('link events', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('call every listener once for all that comes in one turn', async () => {
    const kernel = new ScriptedKernel();
    const events = new LinkEvents(kernel.open);
    const [a, b] = [vi.fn(), vi.fn()];
    events.listen(a);
    events.listen(b);
    for (let i = 0; i < 5; i += 1) kernel.answer(event());
    await turns(3);
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 1]);
    kernel.answer(event());
    await turns(3);
    expect(a).toHaveBeenCalledTimes(2);
    expect(kernel.opened).toBe(1);
    events.close();
  });

  it('stop for a listener that is removed, and close the socket with the last one', async () => {
    const kernel = new ScriptedKernel();
    const events = new LinkEvents(kernel.open);
    const [a, b] = [vi.fn(), vi.fn()];
    const removeA = events.listen(a);
    const removeB = events.listen(b);
    removeA();
    kernel.answer(event());
    await turns(3);
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([0, 1]);
    removeB();
    expect(kernel.closed).toBe(1);
    events.listen(a);
    expect(kernel.opened).toBe(2);
    events.close();
  });

  it('open a new socket when theirs fails and call the listeners, since events may have been lost', async () => {
    const kernel = new ScriptedKernel();
    const events = new LinkEvents(kernel.open);
    const listener = vi.fn();
    events.listen(listener);
    kernel.fail('recvmsg failed: ENOMEM');
    await turns(3);
    expect(listener).toHaveBeenCalledTimes(1);
    expect([kernel.opened, kernel.closed]).toEqual([2, 1]);
    kernel.answer(event());
    await turns(3);
    expect(listener).toHaveBeenCalledTimes(2);
    events.close();
  });

  it('keep trying while no socket can be opened, and call the listeners each time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const kernel = new ScriptedKernel();
    const events = new LinkEvents(kernel.open);
    const listener = vi.fn();
    events.listen(listener);
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
    const events = new LinkEvents(kernel.open);
    const listener = vi.fn();
    events.listen(listener);
    kernel.refuseToOpen = 9;
    kernel.fail('gone');
    await turns(3);
    events.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tell who listens first when there is no socket', () => {
    const kernel = new ScriptedKernel();
    kernel.refuseToOpen = 1;
    expect(() => new LinkEvents(kernel.open).listen(() => {})).toThrow('EMFILE');
  });
});
