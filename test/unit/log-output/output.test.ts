import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLineOutput } from '../../../src/log-output/output.ts';
import type { Sink } from '../../../src/log-output/sink.ts';

/** A reader that takes so many bytes, or fails. */
class ToldSink implements Sink {
  text = '';
  room = Number.POSITIVE_INFINITY;
  error: Error | undefined;
  tries = 0;

  write(bytes: Buffer): number {
    this.tries += 1;
    if (this.error !== undefined) throw this.error;
    const taken = bytes.subarray(0, this.room);
    this.room -= taken.length;
    this.text += taken.toString();
    return taken.length;
  }
}

describe('the output of lines', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const outputTo = (sink: Sink, limit?: number) => createLineOutput(sink, (lost) => `lost ${lost}\n`, limit);

  it('writes at once where it can', () => {
    const sink = new ToldSink();
    outputTo(sink).write('one\n');
    expect(sink.text).toBe('one\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on where a reader stopped in the middle of a line, as soon as it reads', () => {
    const sink = new ToldSink();
    const output = outputTo(sink);
    sink.room = 6;
    for (const line of ['one\n', 'two\n', 'three\n']) output.write(line);
    expect(sink.text).toBe('one\ntw');
    const before = sink.tries;
    output.write('four\n');
    // A reader that does not read is not asked for each line.
    expect(sink.tries).toBe(before);
    sink.room = 1000;
    vi.advanceTimersByTime(50);
    expect(sink.text).toBe('one\ntwo\nthree\nfour\n');
  });

  it.each(['ENOSPC', 'EPIPE', 'EIO'])(
    'keeps its lines through %s, and loses and counts those that do not fit',
    (code) => {
      const sink = new ToldSink();
      const output = outputTo(sink, 12);
      sink.error = Object.assign(new Error(code), { code });
      for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) output.write(line);
      vi.advanceTimersByTime(5_000);
      expect(sink.tries).toBeLessThan(10);
      sink.error = undefined;
      vi.advanceTimersByTime(1_000);
      expect(sink.text).toBe('one\ntwo\nlost 2\n');
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('gives the last lines a moment, and no more', () => {
    const sink = new ToldSink();
    const output = outputTo(sink);
    sink.room = 2;
    output.write('one\n');
    output.flush(20);
    expect(sink.text).toBe('on');
    sink.room = 100;
    output.flush(20);
    expect(sink.text).toBe('one\n');
  });
});
