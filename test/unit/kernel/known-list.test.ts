import { describe, expect, it } from 'vitest';
import { EMPTY_LIST, type KnownList, ListReader } from '../../../src/kernel/known-list.ts';

interface Value {
  readonly text: string;
}

/** Reads a list of texts, each in a message of its own. @returns it, and which of them were decoded. */
function read(known: KnownList<Value>, texts: readonly string[]) {
  const decoded: string[] = [];
  const reader = new ListReader<Value>(known, ({ buffer, start, end }) => {
    const text = buffer.toString('utf8', start, end);
    decoded.push(text);
    return text === 'none' ? undefined : { text };
  });
  for (const [place, text] of texts.entries()) {
    // In front of each message there is a header with a number that is another one each time.
    const buffer = Buffer.from(`${place}${Math.random()} ${text} behind it`);
    const start = buffer.indexOf(' ') + 1;
    const end = start + Buffer.byteLength(text);
    reader.read({ type: 16, flags: 2, sequence: place, port: 0, buffer, start, end });
  }
  return { list: reader.end(), decoded };
}

const textsOf = ({ values }: KnownList<Value>) => values.map(({ text }) => text);

describe('a list of the kernel that is read again', () => {
  it('is the same one, and nothing of it is decoded, when every byte is as it was', () => {
    const first = read(EMPTY_LIST, ['one', 'none', 'three']);
    expect(textsOf(first.list)).toEqual(['one', 'three']);
    const again = read(first.list, ['one', 'none', 'three']);
    expect(again.list).toBe(first.list);
    expect(again.decoded).toEqual([]);
    expect(read(read(EMPTY_LIST, []).list, []).decoded).toEqual([]);
  });

  it('keeps the objects of what is as it was, and reads what is not', () => {
    const { list } = read(EMPTY_LIST, ['one', 'two', 'three']);
    const { list: next, decoded } = read(list, ['one', 'TWO', 'three']);
    expect(decoded).toEqual(['TWO']);
    expect(textsOf(next)).toEqual(['one', 'TWO', 'three']);
    expect([next.values[0], next.values[2]]).toEqual([list.values[0], list.values[2]]);
    expect(next.values[0]).toBe(list.values[0]);
    expect(next.values[2]).toBe(list.values[2]);
    expect(read(next, ['one', 'TWO', 'three']).list).toBe(next);
  });

  it('is the same where only that has changed out of which nothing is read', () => {
    const { list } = read(EMPTY_LIST, ['none', 'two']);
    const reader = new ListReader<Value>(list, () => undefined);
    for (const text of ['none of it', 'two']) {
      const buffer = Buffer.from(text);
      reader.read({ type: 16, flags: 2, sequence: 1, port: 0, buffer, start: 0, end: buffer.length });
    }
    expect(reader.end().values).toBe(list.values);
  });

  it.each([
    ['grows', ['one', 'two', 'three', 'four']],
    ['shrinks at its end', ['one', 'two']],
    ['loses its first', ['two', 'three']],
    ['is empty', []],
    ['has longer ones', ['one ', 'two', 'three']],
  ])('that %s is the new one', (_what, texts) => {
    const { list } = read(EMPTY_LIST, ['one', 'two', 'three']);
    const { list: next } = read(list, texts);
    expect(textsOf(next)).toEqual(texts);
    expect(read(next, texts)).toEqual({ list: next, decoded: [] });
  });

  it('is not kept when it is long', () => {
    const texts = Array.from({ length: 3 }, (_, n) => `${n}`.repeat(500_000));
    const { list } = read(EMPTY_LIST, texts);
    expect(textsOf(list)).toEqual(texts);
    expect(list.bytes).toHaveLength(0);
    expect(read(list, texts).decoded).toHaveLength(3);
  });
});
