import { describe, expect, it } from 'vitest';
import { decodeCniBody } from '../../../src/cni/body.ts';
import { caught } from './caught.ts';
import { encodeCniBody } from './encode.ts';

describe('the body that the plugin sends', () => {
  it('gives back variables and standard input', () => {
    const body = encodeCniBody(
      [
        ['CNI_COMMAND', 'ADD'],
        ['CNI_ARGS', 'A=1;B=2'],
        ['CNI_NETNS', ''],
      ],
      '{"a":"\0é"}',
    );
    const { env, stdin } = decodeCniBody(body);
    expect([...env]).toEqual([
      ['CNI_COMMAND', 'ADD'],
      ['CNI_ARGS', 'A=1;B=2'],
      ['CNI_NETNS', ''],
    ]);
    expect(stdin.toString()).toBe('{"a":"\0é"}');
  });

  it('may have no variable and no standard input', () => {
    const { env, stdin } = decodeCniBody(Buffer.from([0]));
    expect(env.size).toBe(0);
    expect(stdin).toHaveLength(0);
  });

  it('reads a view into a larger buffer as that view', () => {
    const whole = Buffer.concat([Buffer.from('xx'), encodeCniBody([['CNI_COMMAND', 'DEL']], '{}'), Buffer.from('yy')]);
    const { env, stdin } = decodeCniBody(new Uint8Array(whole.buffer, whole.byteOffset + 2, whole.length - 4));
    expect(env.get('CNI_COMMAND')).toBe('DEL');
    expect(stdin.toString()).toBe('{}');
  });

  it.each([
    ['nothing at all', ''],
    ['no end of the variables', 'CNI_COMMAND=ADD\0'],
    ['a variable cut off', 'CNI_COMMAND=ADD\0CNI_IF'],
  ])('is refused as undecodable with %s', (_what, text) => {
    expect(caught(() => decodeCniBody(Buffer.from(text))).code).toBe('requestUndecodable');
  });

  it.each([
    ['a variable without a value', Buffer.from('CNI_COMMAND\0\0'), 'CNI_COMMAND'],
    ['a variable that is none of CNI', Buffer.from('PATH=/bin\0\0'), 'PATH=/bin'],
    ['a variable without a name', Buffer.from('=x\0\0'), '=x'],
    ['the same variable twice', Buffer.from('CNI_ARGS=\0CNI_ARGS=A=1\0\0'), 'CNI_ARGS is set twice'],
    ['bytes that are not UTF-8', Buffer.from([...Buffer.from('CNI_ARGS='), 0xff, 0, 0]), 'CNI_ARGS is not UTF-8'],
    [
      'too many variables',
      encodeCniBody(
        Array.from({ length: 65 }, (_, i) => [`CNI_${i}`, '']),
        '',
      ),
      'more than 64',
    ],
  ])('is refused as an invalid environment with %s', (_what, body, told) => {
    const error = caught(() => decodeCniBody(body));
    expect(error.code).toBe('environmentInvalid');
    expect(error.message).toContain(told);
  });
});
