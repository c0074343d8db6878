import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerCni } from '../../src/cni/answer.ts';
import { CNI_COMMANDS, CNI_VERSIONS } from '../../src/cni/protocol.ts';
import { serveCni } from '../../src/engine/requests/serve-cni.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { encodeCniBody } from '../unit/cni/encode.ts';
import { EngineWorld } from '../unit/engine/world.ts';

/** Sandboxes that are there. */
const SANDBOXES = ['/run/netns/a', '/run/netns/b', '/run/netns/c'];

/** What programs stumble over. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'lo',
    'all',
    '\0',
    '\n',
    '\u0085',
    '\ud800',
    'é'.repeat(200),
    'x'.repeat(300),
    '%s',
    '../..',
  ),
  fc.constantFrom<unknown>(
    '10.1.0.2',
    '10.1.0.2/32',
    '1.2.3.4/',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:7:8:9',
    '::1%lo',
    '300.1.1.1',
  ),
  fc.constantFrom<unknown>(null, true, -1, 1.5, 1e308, 2 ** 53, [], {}, [null], '__proto__', 'constructor', 'toString'),
  fc.jsonValue(),
);

/** One change: where, by counting the values of a text, and what comes there; undefined: nothing. */
const edit = fc.record({
  at: fc.nat(30),
  key: fc.option(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'prevResult', 'Name')), {
    nil: undefined,
    freq: 10,
  }),
  value: fc.option(odd, { nil: undefined, freq: 5 }),
});

/** The value with the change in it. Values are numbered from the outside in; a number too large changes nothing. */
function edited(root: unknown, { at, key, value }: { at: number; key: string | undefined; value: unknown }): unknown {
  let left = at;
  const walk = (node: unknown): unknown => {
    left -= 1;
    if (left === 0) return value;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([name, child]): [string, unknown] => {
      const changed = walk(child);
      return [left === 0 && key !== undefined ? key : name, changed];
    });
    return Object.fromEntries(entries);
  };
  return walk(root);
}

const text = (usual: readonly string[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...usual) },
    fc.string({ maxLength: 300 }),
    odd.map((value) => JSON.stringify(value) ?? ''),
  );

const request = fc.record({
  command: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('ADD', 'CHECK') }, fc.constantFrom(...CNI_COMMANDS)),
  containerId: text(['c1', 'c2', 'c3']),
  ifname: text(['eth0', 'net1', 'a@b']),
  netns: text([...SANDBOXES, ...SANDBOXES, '/run/netns/gone', '/run/netns/\n']),
  args: text(['', 'K8S_POD_NAME=web', 'IgnoreUnknown=1;K8S_POD_NAMESPACE=n;K8S_POD_NAME=p;K8S_POD_UID=u']),
  network: fc.constantFrom('flock', 'green'),
  version: fc.constantFrom(...CNI_VERSIONS),
  edits: fc.array(edit, { maxLength: 3 }),
  valid: fc.array(fc.constantFrom('c1', 'c2', 'c3'), { maxLength: 3 }),
});

it('no request, however its network configuration and variables are bent, meets a defect in the engine', async () => {
  await using world = new EngineWorld({ pools: { ipv4: '10.1.0.0/24', ipv6: '2001:db8:1:1::/64' } });
  await world.start();
  for (const path of SANDBOXES) world.kernel.addNamespace(path);
  const handle = serveCni(world.engine);
  const codes = new Map<string, number>();
  const defects: string[] = [];
  const results = new Map<string, unknown>();

  const serve = async (what: typeof request extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
    const id = `${what.containerId}/${what.ifname}`;
    const prevResult = results.get(id);
    const config = {
      ...{ cniVersion: what.version, name: what.network, type: 'flock' },
      ...(what.command === 'CHECK' || what.command === 'DEL' ? { prevResult } : {}),
      'cni.dev/valid-attachments': what.valid.map((containerID) => ({ containerID, ifname: 'eth0' })),
    };
    const bent = what.edits.reduce<unknown>(edited, config);
    const env = new Map([
      ['CNI_COMMAND', what.command],
      ['CNI_CONTAINERID', what.containerId],
      ['CNI_IFNAME', what.ifname],
      ['CNI_NETNS', what.netns],
      ['CNI_ARGS', what.args],
    ]);
    const body = encodeCniBody(
      [...env].map(([key, value]) => [key, value.replaceAll('\0', '')]),
      JSON.stringify(bent) ?? '',
    );
    const { status, json } = await answerCni(body, handle, (error) => {
      if (error.code === 'internal') defects.push(error.message);
    });
    if (status === 200 && what.command === 'ADD') results.set(id, json);
    const code = json !== undefined && 'code' in json ? json.code : 0;
    codes.set(`${what.command} ${code}`, (codes.get(`${what.command} ${code}`) ?? 0) + 1);
  };

  const rounds = fc.array(request, { minLength: 1, maxLength: 12 });
  const property = fc.asyncProperty(rounds, fc.boolean(), async (requests, together) => {
    if (together) await Promise.all(requests.map(serve));
    else for (const one of requests) await serve(one);
    expect(defects).toEqual([]);
    // What is in memory can be read again: it is what the file has.
    await world.ports.store.idle();
  });
  await fc.assert(property, { numRuns: 250, endOnFailure: true });
  for (const outcome of ['ADD 0', 'CHECK 0', 'DEL 0', `ADD ${ERROR_CODES.configurationInvalid.cni}`]) {
    expect(codes.get(outcome), outcome).toBeGreaterThan(0);
  }
}, 120_000);
