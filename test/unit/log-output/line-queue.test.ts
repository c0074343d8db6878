import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineQueue } from '../../../src/log-output/line-queue.ts';

const lossLine = (lost: number) => `lost ${lost}\n`;

/** Reads so many bytes of the queue, or all. */
function read(queue: LineQueue, most = Number.POSITIVE_INFINITY): string {
  let text = '';
  while (queue.bytes > 0 && text.length < most) {
    const head = queue.head(Math.min(7, most - text.length));
    queue.advance(head.length);
    text += head.toString('latin1');
  }
  return text;
}

describe('the queue of lines', () => {
  it('gives back what it was given, in order, however it is read', () => {
    const queue = new LineQueue(1000, lossLine);
    for (const line of ['one\n', 'two\n', 'three\n']) queue.push(line);
    expect(queue.head(100).toString()).toBe('one\ntwo\nthree\n');
    expect(queue.head(5).toString()).toBe('one\nt');
    expect(read(queue, 5)).toBe('one\nt');
    expect(read(queue)).toBe('wo\nthree\n');
    expect(queue.head(100).length).toBe(0);
  });

  it('loses the newest lines when it is full, and says how many where they are missing', () => {
    const queue = new LineQueue(16, lossLine);
    for (const line of ['aaaaaaa\n', 'bbbbbbb\n', 'c\n', 'd\n']) queue.push(line);
    expect(read(queue, 2)).toBe('aa');
    queue.push('e\n');
    expect(read(queue)).toBe('aaaaa\nbbbbbbb\nlost 3\n');
    queue.push('f\n');
    expect(read(queue)).toBe('f\n');
  });

  it('takes lines again once half of it is free', () => {
    const queue = new LineQueue(40, lossLine);
    for (const letter of ['a', 'b', 'c']) queue.push(`${letter.repeat(18)}\n`);
    expect(read(queue, 17)).toBe('a'.repeat(17));
    queue.push('lost too\n');
    expect(read(queue, 2)).toBe('a\n');
    queue.push('d\n');
    expect(read(queue)).toBe(`${'b'.repeat(18)}\nlost 2\nd\n`);
  });

  it('loses a line that is longer than all its room, and no other', () => {
    const queue = new LineQueue(16, lossLine);
    queue.push(`${'x'.repeat(20)}\n`);
    queue.push('a\n');
    expect(read(queue)).toBe('lost 1\na\n');
  });

  it('keeps within its limit, and every line is there whole or counted', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 20, max: 100 }), (steps, limit) => {
        const queue = new LineQueue(limit, lossLine);
        let text = '';
        let pushed = 0;
        for (const step of steps) {
          if ('push' in step) {
            queue.push(`${pushed} ${'é'.repeat(step.push)}\n`);
            pushed += 1;
          } else text += read(queue, step.read);
          expect(queue.bytes).toBeLessThanOrEqual(limit + lossLine(pushed).length);
        }
        text += read(queue);
        const lines = Buffer.from(text, 'latin1').toString('utf8').split('\n').slice(0, -1);
        let next = 0;
        for (const line of lines) {
          const gap = /^lost (\d+)$/.exec(line);
          if (gap === null) expect(line).toMatch(new RegExp(`^${next} é+$`));
          next += gap === null ? 1 : Number(gap[1]);
        }
        expect(next).toBe(pushed);
      }),
    );
  });
});
