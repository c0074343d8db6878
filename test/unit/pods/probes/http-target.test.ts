import { expect, it } from 'vitest';
import { requestTarget } from '../../../../src/pods/probes/http/http-target.ts';

// Each row was put to Go's net/url as a kubelet uses it.
it.each([
  ['', '/'],
  ['/', '/'],
  ['healthz', '/healthz'],
  ['/a/../b/./c', '/a/../b/./c'],
  ['/a//b', '/a//b'],
  ['/a?b=c&d=%20#e', '/a?b=c&d=%20'],
  ['?a=b', '/?a=b'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a b', '/a%20b'],
  ['/ü', '/%C3%BC'],
  ['/"{x}|\\', '/%22%7Bx%7D%7C%5C'],
  ['/a b%2Fc', '/a%20b/c'],
  ['/100%', '/100%25'],
  ['/100%?a', '/100%25%3Fa'],
  ['/a\tb', '/a%09b'],
  ['//evil.example/x', '/x'],
  ['//evil.example', '/'],
  ['/a;b=c,d:e@f', '/a;b=c,d:e@f'],
  ['/(a)!', '/(a)!'],
])('sends %j as %s', (written, target) => {
  expect(requestTarget(written)).toBe(target);
});
