import { expect, it } from 'vitest';
import { parseIpAlgo } from '../../../src/model/ip-algo.ts';

it('reads fields in the order written and ignores blanks around them', () => {
  expect(parseIpAlgo(' image ,\tnamespace,app')).toEqual(['image', 'namespace', 'app']);
});

it('reads a blank text as no fields', () => {
  expect(parseIpAlgo('')).toEqual([]);
  expect(parseIpAlgo(' \t')).toEqual([]);
});

it.each(['pod', 'app,app', 'app,', ',', 'App', 'app namespace', 'app\n', 'namespace,app,image,app'])(
  'refuses %j',
  (text) => {
    expect(parseIpAlgo(text)).toBeUndefined();
  },
);
