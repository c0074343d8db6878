import { describe, expect, it } from 'vitest';
import { parseCniRequest } from '../../../src/cni/request.ts';
import { ERROR_CODES } from '../../../src/errors.ts';
import { caught } from './caught.ts';

const ENV = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/a',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=team-a;K8S_POD_NAME=web-0;K8S_POD_UID=0b5f6f0e-1',
  CNI_PATH: '/opt/cni/bin',
};
const CONFIG = { cniVersion: '1.1.0', name: 'flock', type: 'flock', socket: '/run/flock/flock.sock' };

function parse(env: Record<string, string | undefined> = {}, config: unknown = CONFIG) {
  const entries = Object.entries({ ...ENV, ...env }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return parseCniRequest(new Map(entries), Buffer.from(typeof config === 'string' ? config : JSON.stringify(config)));
}

/** Number and message of the CNI error. */
function refused(env: Record<string, string | undefined>, config: unknown = CONFIG): [number, string] {
  const error = caught(() => parse(env, config));
  return [ERROR_CODES[error.code].cni, error.message];
}

describe('ADD', () => {
  it('says which attachment of which pod is wanted where', () => {
    expect(parse()).toMatchObject({
      command: 'ADD',
      version: '1.1.0',
      network: 'flock',
      containerId: 'c0ffee',
      ifname: 'eth0',
      netns: '/run/netns/a',
      pod: { namespace: 'team-a', name: 'web-0', uid: '0b5f6f0e-1' },
      config: CONFIG,
    });
  });

  it.each([undefined, '', 'K8S_POD_NAMESPACE=;K8S_POD_NAME=;K8S_POD_UID='])(
    'takes the container for the pod when CNI_ARGS is %j',
    (args) => {
      expect(parse({ CNI_ARGS: args })).toMatchObject({
        pod: { namespace: 'default', name: 'c0ffee', uid: undefined },
      });
    },
  );

  it('keeps the other pairs of CNI_ARGS, which podman uses for addresses', () => {
    const request = parse({ CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=my_Container.1;MAC=02:00:00:00:00:01;X=a=b' });
    expect(request).toMatchObject({ pod: { namespace: 'default', name: 'my_Container.1' } });
    expect(request.command === 'ADD' && [...request.args]).toEqual([
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAME', 'my_Container.1'],
      ['MAC', '02:00:00:00:00:01'],
      ['X', 'a=b'],
    ]);
  });

  it.each(['K8S_POD_NAME', 'IgnoreUnknown=1;', ';', '=x', 'A=1;;B=2', 'A=1;A=2'])('refuses CNI_ARGS %j', (args) => {
    const [code, message] = refused({ CNI_ARGS: args });
    expect(code).toBe(4);
    expect(message).toContain('CNI_ARGS');
  });

  it.each([
    'K8S_POD_NAMESPACE=a/b',
    'K8S_POD_NAMESPACE=../x',
    'K8S_POD_NAME=a b',
    'K8S_POD_NAME=a\n',
    'K8S_POD_NAME=\u001b[31m',
    'K8S_POD_NAME=\u009b31m',
    'K8S_POD_NAME=\u202ea',
    'K8S_POD_NAME="x',
    'K8S_POD_NAME=-a',
    `K8S_POD_NAME=${'a'.repeat(254)}`,
    'K8S_POD_UID=é',
    'K8S_POD_UID=a}',
  ])('refuses the name in %j', (args) => {
    const [code, message] = refused({ CNI_ARGS: args });
    expect(code).toBe(4);
    expect(message).toContain(args.slice(0, args.indexOf('=')));
    expect(message).not.toMatch(/\p{C}/u);
  });

  it('refuses to stand behind another plugin', () => {
    const [code, message] = refused({}, { ...CONFIG, prevResult: { interfaces: [] } });
    expect(code).toBe(7);
    expect(message).toContain('first plugin');
  });
});

describe('CNI_COMMAND', () => {
  it.each([undefined, '', 'add', 'UPDATE', 'ADD '])('is refused when it is %j', (command) => {
    const [code, message] = refused({ CNI_COMMAND: command });
    expect(code).toBe(4);
    expect(message).toContain('CNI_COMMAND');
  });
});

describe('CNI_CONTAINERID', () => {
  it.each(['a', '0', 'cnitool-77383ca0a0715733ca6f', 'default-my.name_1', 'a'.repeat(253)])('may be %s', (id) => {
    expect(parse({ CNI_CONTAINERID: id })).toMatchObject({ containerId: id });
  });

  it.each([undefined, '', '-a', '.', 'a/b', 'a b', 'a\n', 'é', '../etc', 'a'.repeat(254)])('may not be %j', (id) => {
    const [code, message] = refused({ CNI_CONTAINERID: id });
    expect(code).toBe(4);
    expect(message).toContain('CNI_CONTAINERID');
  });
});

describe('CNI_IFNAME', () => {
  it.each(['eth0', 'net1', 'a.b-c_d', 'exactly15bytes_', 'eth0@x'])('may be %s', (name) => {
    expect(parse({ CNI_IFNAME: name })).toMatchObject({ ifname: name });
  });

  it.each([undefined, '', '.', '..', 'lo', 'a/b', 'a:b', 'a b', 'a\tb', 'eth%d', 'é', 'sixteen-bytes-xx', 'éééééééé'])(
    'may not be %j',
    (name) => {
      const [code, message] = refused({ CNI_IFNAME: name });
      expect(code).toBe(4);
      expect(message).toContain('CNI_IFNAME');
    },
  );
});

describe('CNI_NETNS', () => {
  it.each(['ADD', 'CHECK'])('is needed for %s', (command) => {
    for (const netns of [undefined, '', 'netns/a', `/${'a'.repeat(4095)}`, '/run/netns/a\n', '/\u0085']) {
      const [code, message] = refused({ CNI_COMMAND: command, CNI_NETNS: netns }, { ...CONFIG });
      expect(code).toBe(4);
      expect(message).toContain('CNI_NETNS');
    }
  });

  it.each([undefined, ''])('may be %j for DEL', (netns) => {
    expect(parse({ CNI_COMMAND: 'DEL', CNI_NETNS: netns })).toMatchObject({ command: 'DEL', netns: undefined });
  });
});

describe('the network configuration', () => {
  it.each(['0.4.0', '1.0.0', '1.1.0'])('may ask for version %s', (cniVersion) => {
    expect(parse({}, { ...CONFIG, cniVersion })).toMatchObject({ version: cniVersion });
  });

  it.each(['0.3.1', '1.2.0', '', '1.1', '1.1.0 '])(
    'is refused with version %j, and told the right ones',
    (cniVersion) => {
      const [code, message] = refused({}, { ...CONFIG, cniVersion });
      expect(code).toBe(1);
      expect(message).toContain(JSON.stringify(cniVersion));
      expect(message).toContain('0.4.0, 1.0.0, 1.1.0');
    },
  );

  it('is refused without a version, which means an old one', () => {
    const [code, message] = refused({}, { name: 'flock', type: 'flock' });
    expect(code).toBe(1);
    expect(message).toContain('no cniVersion');
  });

  it.each(['', ' ', '{', 'null', '[]', '"x"', '7', '{"a":1}}', '\ufeff{}'])('is undecodable when it is %j', (text) => {
    expect(refused({}, text)[0]).toBe(6);
  });

  it('is undecodable when it is not UTF-8', () => {
    const stdin = Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]);
    expect(caught(() => parseCniRequest(new Map(Object.entries(ENV)), stdin)).code).toBe('requestUndecodable');
  });

  it.each([
    ['name', undefined],
    ['name', ''],
    ['name', '-a'],
    ['name', 'a b'],
    ['name', 7],
    ['type', 7],
    ['cniVersion', 1],
  ])('is invalid when %s is %j', (key, value) => {
    const [code, message] = refused({}, { ...CONFIG, [key]: value });
    expect(code).toBe(7);
    expect(message).toContain(key);
  });

  it('may have a name of 253 characters to add, and a longer one only for what adds nothing', () => {
    expect(parse({}, { ...CONFIG, name: 'n'.repeat(253) })).toMatchObject({ network: 'n'.repeat(253) });
    const [code, message] = refused({}, { ...CONFIG, name: 'n'.repeat(254) });
    expect([code, message]).toEqual([7, expect.stringMatching(/name: "n+…": longer than 253 characters/)]);
    expect(parse({ CNI_COMMAND: 'DEL' }, { ...CONFIG, name: 'n'.repeat(254) })).toMatchObject({ command: 'DEL' });
  });

  it('may have unknown keys', () => {
    expect(parse({}, { ...CONFIG, runtimeConfig: { x: 1 }, args: null, __proto__: { a: 1 } })).toMatchObject({
      network: 'flock',
      config: { runtimeConfig: { x: 1 } },
    });
  });
});

const RESULT = {
  cniVersion: '1.1.0',
  interfaces: [
    { name: 'flock1a2b3c4d', mac: '02:00:00:00:00:01' },
    { name: 'eth0', sandbox: '/run/netns/a', mtu: 1500 },
  ],
  ips: [{ interface: 1, address: '10.1.1.2/32', gateway: '169.254.1.1' }],
  routes: [],
};

describe('prevResult', () => {
  it('is read for CHECK, with whatever else is in it', () => {
    const request = parse({ CNI_COMMAND: 'CHECK' }, { ...CONFIG, prevResult: RESULT });
    expect(request).toMatchObject({ command: 'CHECK', prevResult: { ips: RESULT.ips } });
  });

  it.each([
    [undefined, 'prevResult'],
    [null, 'prevResult'],
    [[], 'prevResult'],
    [{ ips: 'x' }, 'prevResult.ips'],
    [{ ips: [{ address: 7 }] }, 'prevResult.ips.0.address'],
    [{ ips: [{ address: '10.1.1.2/32', interface: -1 }] }, 'prevResult.ips.0.interface'],
    [{ interfaces: [{}] }, 'prevResult.interfaces.0.name'],
  ])('makes CHECK invalid when it is %j', (prevResult, path) => {
    const [code, message] = refused({ CNI_COMMAND: 'CHECK' }, { ...CONFIG, prevResult });
    expect(code).toBe(7);
    expect(message).toContain(`${path}:`);
  });

  it.each([undefined, null, 'x', { ips: 7 }])('does not matter to DEL when it is %j', (prevResult) => {
    expect(parse({ CNI_COMMAND: 'DEL' }, { ...CONFIG, prevResult })).toMatchObject({ prevResult: undefined });
  });
});

describe('DEL', () => {
  it('does not look at CNI_ARGS, so that what ADD refused can go', () => {
    expect(parse({ CNI_COMMAND: 'DEL', CNI_ARGS: 'nonsense' })).toMatchObject({
      containerId: 'c0ffee',
      ifname: 'eth0',
    });
  });
});

describe('GC', () => {
  const env = { CNI_COMMAND: 'GC', CNI_CONTAINERID: undefined, CNI_IFNAME: undefined, CNI_NETNS: undefined };
  const valid = (list: unknown, key = 'cni.dev/valid-attachments') => parse(env, { ...CONFIG, [key]: list });

  it('knows the valid attachments', () => {
    const list = [
      { containerID: 'a', ifname: 'eth0' },
      { containerID: 'b', ifname: 'net1', more: 1 },
    ];
    const expected = [
      { containerId: 'a', ifname: 'eth0' },
      { containerId: 'b', ifname: 'net1' },
    ];
    expect(valid(list)).toMatchObject({ command: 'GC', validAttachments: expected });
    expect(valid(list, 'cni.dev/attachments')).toMatchObject({ validAttachments: expected });
  });

  it('tells an empty list from none', () => {
    expect(valid([])).toMatchObject({ validAttachments: [] });
    expect(valid(undefined)).toMatchObject({ validAttachments: undefined });
    expect(valid(null)).toMatchObject({ validAttachments: undefined });
  });

  it.each([
    ['x'],
    [{}],
    [[{}]],
    [[{ containerID: 'a' }]],
    [[{ containerID: 'a', ifname: 'eth0' }, { containerID: '' }]],
  ])('refuses the whole list when any of it is wrong: %j', (list) => {
    const error = caught(() => valid(list));
    expect(error.code).toBe('configurationInvalid');
    expect(error.message).toContain('cni.dev/valid-attachments');
  });
});

describe('STATUS and VERSION', () => {
  it('need no attachment', () => {
    const bare = { CNI_CONTAINERID: undefined, CNI_IFNAME: undefined, CNI_NETNS: undefined, CNI_ARGS: undefined };
    expect(parse({ ...bare, CNI_COMMAND: 'STATUS' })).toMatchObject({ command: 'STATUS', version: '1.1.0' });
    expect(parse({ ...bare, CNI_COMMAND: 'VERSION' }, '{"cniVersion":"9.9.9"}')).toEqual({
      command: 'VERSION',
      version: '9.9.9',
    });
  });

  it('VERSION needs no configuration, but what there is must be one', () => {
    expect(parse({ CNI_COMMAND: 'VERSION' }, ' \n')).toEqual({ command: 'VERSION', version: '1.1.0' });
    expect(refused({ CNI_COMMAND: 'VERSION' }, '{')[0]).toBe(6);
  });
});
