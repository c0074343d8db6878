import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialQueue } from '../../../src/async/serial-queue.ts';

describe('a serial queue', () => {
  it('runs one after the other, in the order of the calls, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ turns: fc.nat(3), fails: fc.boolean() }), { maxLength: 20 }),
        async (works) => {
          const queue = new SerialQueue();
          const trace: string[] = [];
          const results = works.map(({ turns, fails }, number) =>
            queue.run(async () => {
              trace.push(`begin ${number}`);
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
              trace.push(`end ${number}`);
              if (fails) throw new Error(`${number}`);
              return number;
            }),
          );
          const settled = await Promise.allSettled(results);
          expect(settled.map(({ status }) => status === 'rejected')).toEqual(works.map(({ fails }) => fails));
          expect(trace).toEqual(works.flatMap((_, number) => [`begin ${number}`, `end ${number}`]));
          expect(queue.isIdle).toBe(true);
        },
      ),
    );
  });

  it('is idle before the first, not while one runs, and as soon as the last one is known to have ended', async () => {
    const queue = new SerialQueue();
    expect(queue.isIdle).toBe(true);
    const first = queue.run(async () => 1);
    const second = queue.run(async () => 2);
    expect(queue.isIdle).toBe(false);
    await first;
    expect(queue.isIdle).toBe(false);
    expect(await second).toBe(2);
    expect(queue.isIdle).toBe(true);
  });

  it('takes work that throws at once for a failure of that work', async () => {
    const queue = new SerialQueue();
    const broken = (): Promise<void> => {
      throw new Error('at once');
    };
    await expect(queue.run(broken)).rejects.toThrow('at once');
    await expect(queue.run(async () => 'next')).resolves.toBe('next');
  });
});
