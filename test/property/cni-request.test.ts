import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { answerCni } from '../../src/cni/answer.ts';
import { decodeCniBody } from '../../src/cni/body.ts';
import { compareWithPrevResult } from '../../src/cni/check.ts';
import { CNI_COMMANDS, CNI_VERSIONS } from '../../src/cni/protocol.ts';
import { parseCniRequest } from '../../src/cni/request.ts';
import { addResult } from '../../src/cni/result.ts';
import { ERROR_CODES, FlockError } from '../../src/errors.ts';
import { addressFromBytes } from '../../src/model/address.ts';
import { encodeCniBody } from '../unit/cni/encode.ts';

/** Codes with which a request may be refused before anybody acts on it. */
const REFUSALS = ['cniVersionUnsupported', 'environmentInvalid', 'requestUndecodable', 'configurationInvalid'];

/** Runs a decoder: what it gives, or undefined when it refuses as it may. Anything else fails. */
function accepted<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof FlockError && REFUSALS.includes(error.code)) return undefined;
    throw error;
  }
}

const value = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', '0', '.', '-', '_', '/', ':', '%', ' ', ';', '=', '\n', 'é') }),
  fc.constantFrom('eth0', 'lo', '/run/netns/a', 'c0ffee', 'K8S_POD_NAME=a', 'K8S_POD_NAMESPACE=b;K8S_POD_NAME=c'),
);

const env = fc
  .record(
    {
      CNI_COMMAND: fc.constantFrom(...CNI_COMMANDS, 'X'),
      CNI_CONTAINERID: value,
      CNI_IFNAME: value,
      CNI_NETNS: value,
      CNI_ARGS: value,
    },
    { requiredKeys: ['CNI_COMMAND'] },
  )
  .map((record) => new Map(Object.entries(record)));

const config = fc.record(
  {
    cniVersion: fc.oneof({ weight: 4, arbitrary: fc.constantFrom<unknown>(...CNI_VERSIONS) }, fc.jsonValue()),
    name: fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>('flock') }, fc.jsonValue()),
    type: fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>('flock') }, fc.jsonValue()),
    prevResult: fc.oneof(
      fc.jsonValue(),
      fc.record({ interfaces: fc.array(fc.record({ name: fc.string() })), ips: fc.array(fc.jsonValue()) }),
    ),
    'cni.dev/valid-attachments': fc.oneof(
      fc.jsonValue(),
      fc.array(fc.record({ containerID: fc.string(), ifname: fc.string() })),
    ),
  },
  { requiredKeys: ['cniVersion', 'name'] },
);

const stdin = fc.oneof(
  { weight: 4, arbitrary: config.map((json) => Buffer.from(JSON.stringify(json))) },
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

it('a body is decoded into what was encoded', () => {
  const variables = fc.dictionary(
    fc.stringMatching(/^CNI_[A-Z0-9_]{1,8}$/),
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    { maxKeys: 10 },
  );
  fc.assert(
    fc.property(variables, fc.uint8Array(), (record, bytes) => {
      const decoded = decodeCniBody(encodeCniBody(Object.entries(record), bytes));
      expect(Object.fromEntries(decoded.env)).toEqual({ ...record });
      expect([...decoded.stdin]).toEqual([...bytes]);
    }),
  );
});

it('a body of any bytes is decoded or refused', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: fc.constantFrom('\0', '=', 'CNI_A', 'x') }).map(Buffer.from),
  );
  fc.assert(fc.property(bytes, (body) => void accepted(() => decodeCniBody(body))));
});

it('a request of any variables and any standard input is parsed or refused', () => {
  let parsed = 0;
  const property = fc.property(env, stdin, (variables, bytes) => {
    const request = accepted(() => parseCniRequest(variables, bytes));
    if (request === undefined) return;
    parsed += 1;
    if (!('containerId' in request)) return;
    expect(request.containerId).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252}$/);
    expect(request.ifname).toMatch(/^[!-~]{1,15}$/);
    expect(request.ifname).not.toMatch(/^(\.|\.\.|lo|.*[/:%].*)$/);
    if (request.command === 'DEL') return;
    expect(request.netns.startsWith('/')).toBe(true);
    if (request.command !== 'ADD') return;
    for (const name of [request.pod.namespace, request.pod.name, request.pod.uid ?? 'none']) {
      expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252}$/);
    }
  });
  fc.assert(property, { numRuns: 2_000 });
  expect(parsed).toBeGreaterThan(100);
});

it('whatever the plugin sends has an answer that a runtime can read', async () => {
  const body = fc.oneof(
    fc.tuple(env, stdin).map(([variables, bytes]) => encodeCniBody(variables, bytes)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const property = fc.asyncProperty(body, async (bytes) => {
    const onError = vi.fn();
    const { status, json } = await answerCni(bytes, async () => undefined, onError);
    expect(onError).toHaveBeenCalledTimes(status === 200 ? 0 : 1);
    if (status === 200) return;
    expect(json).toEqual({
      cniVersion: expect.toSatisfy((version: unknown) => CNI_VERSIONS.some((known) => known === version)),
      code: expect.toSatisfy((code: unknown) => REFUSALS.some((known) => numberOf(known) === code)),
      msg: expect.stringMatching(/^\P{C}+$/u),
      details: expect.any(String),
    });
  });
  await fc.assert(property, { numRuns: 500 });
});

function numberOf(code: string): number | undefined {
  return Object.entries(ERROR_CODES).find(([name]) => name === code)?.[1].cni;
}

it('a result agrees with itself in every version, and with no other', () => {
  const ip6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(addressFromBytes);
  const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes);
  const wired = fc.record({
    ifname: fc.constantFrom('eth0', 'net1'),
    netns: fc.constantFrom('/run/netns/a', '/run/netns/b'),
    hostInterface: fc.constantFrom('flock00000001', 'flock00000002'),
    hostMac: fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02'),
    podMac: fc.constant('02:00:00:00:00:03'),
    mtu: fc.constantFrom(1450, 1500),
    ip6: fc.option(ip6, { nil: undefined }),
    ip4: fc.option(ip4, { nil: undefined }),
  });
  const version = fc.constantFrom(...CNI_VERSIONS);
  fc.assert(
    fc.property(wired, wired, version, version, (one, other, before, now) => {
      expect(compareWithPrevResult(addResult(before, one), addResult(now, one))).toEqual([]);
      const same = JSON.stringify({ ...one, mtu: 0 }) === JSON.stringify({ ...other, mtu: 0 });
      const found = compareWithPrevResult(addResult(before, one), addResult(now, other));
      expect(found.length === 0).toBe(same);
    }),
  );
});
