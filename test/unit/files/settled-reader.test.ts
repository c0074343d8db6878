import { describe, expect, it } from 'vitest';
import { createSettledReader } from '../../../src/files/settled-reader.ts';
import { FakeClock } from '../async/fake-clock.ts';

function reader(first: string) {
  const clock = new FakeClock();
  const settled: string[] = [];
  const file = { text: first };
  const { refresh, close } = createSettledReader({
    read: () => file.text,
    keyOf: (text) => text.trim(),
    onSettled: (text) => settled.push(`${clock.ms()} ${text}`),
    clock,
  });
  const write = (text: string): void => {
    file.text = text;
    refresh();
  };
  return { clock, settled, refresh, close, write, file };
}

describe('a reading', () => {
  it('counts when it has been the same for 150 ms', () => {
    const { clock, settled, refresh } = reader('a');
    refresh();
    clock.pass(149);
    expect(settled).toEqual([]);
    clock.pass(1);
    expect(settled).toEqual(['150 a']);
  });

  it('begins to settle with each change, also one that no event tells of', () => {
    const { clock, settled, write, file } = reader('a');
    write('half');
    clock.pass(100);
    write('whole');
    clock.pass(149);
    file.text = 'whole and more';
    clock.pass(1_000);
    expect(settled).toEqual(['400 whole and more']);
  });

  it('counts once, and again when another one has counted in between', () => {
    const { clock, settled, write } = reader('');
    for (const text of ['a', 'a ', 'b', 'a']) {
      write(text);
      clock.pass(200);
    }
    expect(settled.map((line) => line.split(' ')[1])).toEqual(['a', 'b', 'a']);
  });

  it('does not count when it was there for a moment only', () => {
    const { clock, settled, write } = reader('');
    write('a');
    clock.pass(200);
    write('gone');
    clock.pass(100);
    write('a');
    clock.pass(1_000);
    expect(settled).toEqual(['150 a']);
  });

  it('never comes after the end', () => {
    const { clock, settled, refresh, close } = reader('a');
    refresh();
    close();
    refresh();
    clock.pass(1_000);
    expect([settled, clock.waiting]).toEqual([[], 0]);
  });
});
