import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../../src/bird-control/replies/reply.ts';
import { BirdError } from '../../../src/bird-control/types.ts';
import { captured, replyOf, split } from './replies.ts';

describe('splitting the stream into replies', () => {
  it('gives a continuation line the code of the line before it', () => {
    expect(replyOf('1011-Router ID is 10.0.0.1\n Hostname is a\n0013 Daemon is up and running\n').lines).toEqual([
      { code: 1011, text: 'Router ID is 10.0.0.1' },
      { code: 1011, text: 'Hostname is a' },
      { code: 13, text: 'Daemon is up and running' },
    ]);
  });

  it('takes code and text of a reply from its last line', () => {
    expect(replyOf('0002-Reading configuration from /x\n8002 /x:1:2 syntax error\n')).toMatchObject({
      code: 8002,
      text: '/x:1:2 syntax error',
    });
  });

  it('reads the empty reply 0000', () => {
    expect(replyOf('0000 \n')).toEqual({
      code: 0,
      text: '',
      lines: [{ code: 0, text: '' }],
      oversized: false,
    });
  });

  it('hands asynchronous lines and lines without a prefix over as notes, wherever they are', () => {
    expect(split('+before\n1000-BIRD\n+inside\n more\n<2357 messages lost>\n more\n0000 \n+after\n')).toEqual({
      replies: [expect.objectContaining({ code: 0, lines: expect.objectContaining({ length: 4 }) })],
      notes: ['before', 'inside', '<2357 messages lost>', 'after'],
    });
  });

  it('does not join a continuation line to the reply before', () => {
    expect(split('0000 \n lost\n0001 next\n')).toMatchObject({ replies: [{ code: 0 }, { code: 1 }], notes: [' lost'] });
  });

  it('keeps an overflown line as a line of its own', () => {
    expect(captured('show-protocols-all-overflow').lines).toContainEqual({ code: 8000, text: '<line overflow>' });
  });

  it('decodes bytes that are not UTF-8 without failing', () => {
    const reply = replyOf(Buffer.concat([Buffer.from('8002 '), Buffer.of(0xff, 0xfe, 0x61), Buffer.from(': x\n')]));
    expect(reply.text).toBe('\ufffd\ufffda: x');
  });

  it('throws the lines of an oversized reply away but not its last one, and is ready for the next', () => {
    const { replies } = split(`1007-${'x'.repeat(60)}\n${' y\n'.repeat(50)}0000 \n0013 next\n`, 100);
    expect(replies).toMatchObject([
      { code: 0, oversized: true },
      { code: 13, oversized: false, lines: [{ code: 13 }] },
    ]);
    expect(replies[0]?.lines.length).toBeLessThan(52);
    expect(replies[0]?.lines.at(-1)).toEqual({ code: 0, text: '' });
  });

  it.each([
    ['with its newline', `${'x'.repeat(MAX_LINE_BYTES + 1)}\n`],
    ['without an end', 'x'.repeat(MAX_LINE_BYTES + 1)],
  ])('refuses a line longer than any BIRD sends, %s', (_, text) => {
    expect(() => split(text)).toThrow(BirdError);
    expect(() => split(text)).toThrow(/is not BIRD/);
  });
});
