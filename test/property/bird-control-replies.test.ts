import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, ReplySplitter } from '../../src/bird-control/replies/reply.ts';
import { BirdError } from '../../src/bird-control/types.ts';
import { replyCode, split } from '../unit/bird-control/replies.ts';

/** What a splitter makes of chunks, with the error that ends it, as one list. */
function events(chunks: readonly Uint8Array[], maxReplyBytes: number): unknown[] {
  const seen: unknown[] = [];
  const splitter = new ReplySplitter(
    { reply: (reply) => seen.push(reply), note: (text) => seen.push(text) },
    maxReplyBytes,
  );
  try {
    for (const chunk of chunks) splitter.push(chunk);
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    seen.push(error.kind);
  }
  return seen;
}

const prefix = fc
  .tuple(replyCode, fc.constantFrom('-', ' ', ''))
  .map(([number, mark]) => `${String(number).padStart(4, '0')}${mark}`);
const line = fc
  .tuple(fc.oneof(prefix, fc.constantFrom(' ', '+', '', '<')), fc.string({ unit: 'binary', maxLength: 20 }))
  .map(([start, text]) => Buffer.from(`${start}${text.replaceAll('\n', '')}\n`));
const stream = fc
  .array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 10 }) }), {
    maxLength: 12,
  })
  .map((lines) => Buffer.concat(lines));
const limit = fc.constantFrom(0, 10, 1_000);

describe('the reply splitter', () => {
  it('finds the same wherever the bytes are cut in two', () => {
    fc.assert(
      fc.property(stream, limit, (bytes, maxReplyBytes) => {
        const whole = events([bytes], maxReplyBytes);
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          expect(events([bytes.subarray(0, cut), bytes.subarray(cut)], maxReplyBytes)).toEqual(whole);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds the same when every byte comes alone', () => {
    fc.assert(
      fc.property(stream, limit, (bytes, maxReplyBytes) => {
        const single = [...bytes].map((byte) => Buffer.of(byte));
        expect(events(single, maxReplyBytes)).toEqual(events([bytes], maxReplyBytes));
      }),
    );
  });

  it('gives up at the same line, too long by however little, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2, max: 2 }), fc.integer({ min: 0, max: MAX_LINE_BYTES }), (extra, cut) => {
        const bytes = Buffer.from(`0000 \n${'x'.repeat(MAX_LINE_BYTES + extra)}\n0001 \n`);
        const whole = events([bytes], 1_000);
        expect(whole).toHaveLength(extra > 0 ? 2 : 3);
        expect(events([bytes.subarray(0, cut), bytes.subarray(cut)], 1_000)).toEqual(whole);
      }),
    );
  });

  it('keeps no more of a reply than the limit', () => {
    fc.assert(
      fc.property(stream, limit, (bytes, maxReplyBytes) => {
        for (const reply of split(bytes, maxReplyBytes).replies) {
          const kept = reply.lines.slice(0, -1).reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
          // A byte that is no UTF-8 becomes a character of three.
          expect(kept).toBeLessThanOrEqual(3 * maxReplyBytes);
        }
      }),
    );
  });
});
