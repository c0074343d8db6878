import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Publisher } from '../../src/bird/publish/publisher.ts';
import { eventually, isRoot, run } from '../lab/lab.ts';
import { sameMoments } from '../lab/same-moment.ts';
import { address } from '../unit/model/fixtures.ts';
import { PublishLab } from './publish-lab.ts';

const A = 'flock0000000a';
const B = 'flock0000000b';
const ONE4 = '192.0.2.53';
const ONE6 = '2001:db8:ffff::53';

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

describe.skipIf(!isRoot)('a published configuration, between a real BIRD and a real router (needs root)', () => {
  let lab: PublishLab;
  let publisher: Publisher;

  beforeAll(async () => {
    lab = await PublishLab.create('publish');
    await lab.pod(A);
    await lab.pod(B);
    writeFileSync(lab.config, 'log stderr all;\nrouter id 10.9.9.9;\nprotocol device {}\n', { mode: 0o644 });
    await lab.startBird();
    publisher = lab.publisher();
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Publishes the usual configuration with these announcements, and sees it accepted. */
  async function announce(announced: Readonly<Record<string, readonly string[]>>): Promise<void> {
    expect(await publisher.publish(await lab.files(lab.flock(), announced))).toMatchObject({ ok: true });
  }

  async function kernelRoutes(family: '-4' | '-6'): Promise<string> {
    return (await lab.node.exec(['ip', family, 'route', 'show', 'proto', 'bird'])).stdout;
  }

  const uptime = async (): Promise<string> => {
    const since = (await lab.control.showProtocols()).find(({ name }) => name === 'tor1')?.since;
    return sameMoments(since ?? 'no session');
  };

  it('brings up one session with both families from the address towards the router, and keeps the foreign file', async () => {
    await announce({ [ONE4]: [A], [ONE6]: [A] });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    const session = (await lab.control.showProtocols()).find(({ name }) => name === 'tor1');
    expect(session).toMatchObject({ state: 'up', bgp: { state: 'Established', sourceAddress: '10.0.0.1' } });
    expect(publisher.keptForeignConfig).toBe(`${lab.config}.before-flock`);
    expect(readFileSync(`${lab.config}.before-flock`, 'utf8')).toContain('router id 10.9.9.9;');
  });

  it('announces with this node as the next hop, in both families', async () => {
    await announce({ [ONE4]: [A], [ONE6]: [A] });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    const has = await lab.routerHas();
    expect(has[`${ONE4}/32`]).toBe('10.0.0.1');
    expect(has[`${ONE6}/128`]).toMatch(/^2001:db8::1\b/);
    expect(has['10.1.1.0/24']).toBe('10.0.0.1');
  });

  it('withdraws by an empty set and keeps the session', async () => {
    await announce({ [ONE4]: [A], [ONE6]: [A] });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    const before = await uptime();
    await announce({});
    await lab.routerGets();
    expect(await uptime()).toBe(before);
  });

  it("takes the default routes and no other, never this node's own networks and pools", async () => {
    await announce({});
    await eventually(async () => (await kernelRoutes('-4')).includes('default via 10.0.0.254'), 'a default route');
    await eventually(async () => (await kernelRoutes('-6')).includes('default via'), 'an IPv6 default route');
    const taken = (await lab.control.showRoutes({ protocol: 'tor1' })).map(({ network }) => network).sort();
    expect(taken).toEqual(['0.0.0.0/0', '::/0']);
  });

  it("with import: all takes what is far away, but never this node's own networks and pools or parts of them", async () => {
    expect(await publisher.publish(await lab.files(lab.flock({ import: 'all' })))).toMatchObject({ ok: true });
    // The router's BIRD is a 2.0.12 too: asked to send its routes again, it may sit on them for 3 s unless woken.
    const taken = await eventually(async () => {
      await lab.routerBird.birdc('show status');
      const networks = (await lab.control.showRoutes({ protocol: 'tor1' })).map(({ network }) => network).sort();
      return networks.length > 2 && networks;
    }, 'routes of the router');
    expect(taken).toEqual(['0.0.0.0/0', '2001:db8:cafe::/48', '203.0.113.0/24', '::/0']);
    await eventually(() => publisher.change === undefined, 'the change is proven');
    await announce({});
    await eventually(() => publisher.change === undefined, 'and the one back');
    await eventually(async () => {
      await lab.routerBird.birdc('show status');
      return (await lab.control.countRoutes({ protocol: 'tor1' })) === 2;
    }, 'only the default routes');
  });

  it('gives the kernel the blackholes of the pools and never a route to an announced address', async () => {
    await announce({ [ONE4]: [A], [ONE6]: [A, B] });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    await eventually(async () => (await kernelRoutes('-6')).includes('default'), 'the kernel has what BIRD exports');
    expect(lines(await kernelRoutes('-4')).sort()).toEqual([
      'blackhole 10.1.1.0/24 metric 32',
      'default via 10.0.0.254 dev eth0 metric 32',
    ]);
    expect(
      lines(await kernelRoutes('-6'))
        .map((line) => line.split(' ').slice(0, 2).join(' '))
        .sort(),
    ).toEqual(['blackhole 2001:db8:1:1::/64', 'default via']);
    expect(`${await kernelRoutes('-4')}${await kernelRoutes('-6')}`).not.toContain('flock');
  });

  it('withdraws by itself when the devices of an address are gone, and only then', async () => {
    const [c, d] = ['flock0000000c', 'flock0000000d'];
    await lab.pod(c);
    await lab.pod(d);
    await announce({ '192.0.2.1': [c], '2001:db8:ffff::1': [c], '192.0.2.2': [c, d], '2001:db8:ffff::2': [c, d] });
    await lab.routerGets('192.0.2.1/32', '192.0.2.2/32', '2001:db8:ffff::1/128', '2001:db8:ffff::2/128');
    await lab.node.exec(['ip', 'link', 'delete', c]);
    await lab.routerGets('192.0.2.2/32', '2001:db8:ffff::2/128');
    await lab.node.exec(['ip', 'link', 'delete', d]);
    await lab.routerGets();
  });

  it('withdraws by itself when the device is down', async () => {
    await announce({ [ONE4]: [A], [ONE6]: [A] });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    await lab.node.exec(['ip', 'link', 'set', A, 'down']);
    await lab.routerGets();
    await lab.node.exec(['ip', 'link', 'set', A, 'up']);
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
  });

  it('is not touched by one that BIRD refuses: file, session and announcements stay', async () => {
    await announce({ [ONE4]: [A] });
    await lab.routerGets(`${ONE4}/32`);
    const before = { since: await uptime(), inode: statSync(lab.config).ino };
    lab.overlay('partials/extra.hbs', '\nprotocol bgp broken {\n\tnonsense;\n}\n');
    const broken = await lab.files(lab.flock(), { [ONE4]: [A], [ONE6]: [B] });
    lab.overlay('partials/extra.hbs', '');
    const result = await publisher.publish(broken);
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused', announcementsInForce: true });
    expect(result).toMatchObject({
      message: expect.stringMatching(new RegExp(`${lab.config}:\\d+:\\d+ syntax error`)),
    });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    expect({ since: await uptime(), inode: statSync(lab.config).ino }).toEqual(before);
    expect(readFileSync(`${lab.config}.refused`, 'utf8')).toBe(broken.config);
    expect(existsSync(`${lab.config}.refused.txt`)).toBe(true);
  });

  it("can be read by BIRD's user, and stands in files that nobody else can read", async () => {
    await announce({ [ONE4]: [A] });
    const { stdout } = await run([
      'sh',
      '-c',
      `cd "$1" && stat -c '%U:%G %a %n' bird.conf flock-announcements.conf`,
      'sh',
      lab.folder,
    ]);
    expect(lines(stdout)).toEqual(['bird:bird 640 bird.conf', 'bird:bird 640 flock-announcements.conf']);
  });
});

describe.skipIf(!isRoot)('a publisher and a BIRD that comes and goes (needs root)', () => {
  let lab: PublishLab;

  beforeAll(async () => {
    lab = await PublishLab.create('publish-bird');
    await lab.pod(A);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  it('leaves judged files for a BIRD that is absent, and a started one needs no more than configure', async () => {
    const publisher = lab.publisher();
    const files = await lab.files(lab.flock(), { [ONE4]: [A], [ONE6]: [A] });
    expect(await publisher.publish(files)).toMatchObject({
      ok: false,
      code: 'birdUnavailable',
      message: expect.stringContaining('in place'),
    });
    await lab.startBird();
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
    expect(await publisher.publish(files)).toEqual({ ok: true, changed: true });
    expect(await publisher.publish(files)).toEqual({ ok: true, changed: false });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
  });

  it('puts nothing in place that bird -p refuses while BIRD is absent', async () => {
    await lab.stopBird();
    const before = readFileSync(lab.config, 'utf8');
    const files = await lab.files(lab.flock(), { [ONE4]: [A], [ONE6]: [A] });
    const result = await lab.publisher().publish({ ...files, config: `${files.config}nonsense;\n` });
    expect(result).toMatchObject({ ok: false, code: 'configurationRefused' });
    expect(readFileSync(lab.config, 'utf8')).toBe(before);
    await lab.startBird();
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
  });

  it('publishes again to a BIRD that was killed and started', async () => {
    const publisher = lab.publisher();
    const files = await lab.files(lab.flock(), { [ONE4]: [A] });
    await publisher.publish(files);
    await lab.stopBird('SIGKILL');
    const changed = await lab.files(lab.flock(), { [ONE6]: [A] });
    expect(await publisher.publish(changed)).toMatchObject({ ok: false, code: 'birdUnavailable' });
    await lab.startBird();
    publisher.forget();
    expect(await publisher.publish(changed)).toEqual({ ok: true, changed: true });
    await lab.routerGets(`${ONE6}/128`);
  });

  it('gives up on a BIRD that hangs, and goes on when it does', async () => {
    const publisher = lab.publisher();
    const files = await lab.files(lab.flock(), { [ONE4]: [A] });
    await publisher.publish(files);
    const changed = await lab.files(lab.flock(), { [ONE4]: [A], [ONE6]: [A] });
    process.kill(lab.birdPid, 'SIGSTOP');
    const result = await publisher.publish(changed).finally(() => process.kill(lab.birdPid, 'SIGCONT'));
    expect(result).toMatchObject({ ok: false, code: 'birdUnavailable' });
    await eventually(() => lab.control.connect().then(() => true), 'BIRD answers again');
    expect(await publisher.publish(changed)).toEqual({ ok: true, changed: true });
    await lab.routerGets(`${ONE4}/32`, `${ONE6}/128`);
  });

  it('keeps a peer without a route to it down until there is one', async () => {
    const publisher = lab.publisher();
    const far = lab.flock({ address: address('172.31.0.1') });
    await lab.stopBird(); // With it goes the default route that it has from the router.
    const files = await lab.files(far);
    expect(files.config).toContain('This host has no route to 172.31.0.1');
    await lab.startBird();
    expect(await publisher.publish(files)).toEqual({ ok: true, changed: true });
    expect((await lab.control.showProtocols()).find(({ name }) => name === 'tor1')).toMatchObject({ state: 'down' });
    expect(await publisher.publish(await lab.files(lab.flock()))).toEqual({ ok: true, changed: true });
    await lab.routerGets();
  });

  it('has BIRD itself judge what only BIRD can know: whether its user may open the log', async () => {
    const publisher = lab.publisher();
    lab.overlay('partials/log.hbs', `log "${lab.lab.dir}/bird.log" all;\n`); // The folder is root's.
    const files = await lab.files(lab.flock());
    lab.overlay('partials/log.hbs', 'log stderr all;\n');
    expect(await publisher.publish(files)).toMatchObject({
      ok: false,
      code: 'configurationRefused',
      message: expect.stringMatching(/Permission denied|[Uu]nable to open log/),
    });
    expect(await publisher.publish(await lab.files(lab.flock()))).toEqual({ ok: true, changed: true });
  });

  it('says so when BIRD reads another file', async () => {
    await lab.stopBird();
    const other = `${lab.folder}/other.conf`;
    writeFileSync(other, 'log stderr all;\nrouter id 10.9.9.9;\nprotocol device {}\n', { mode: 0o644 });
    await lab.startBird(other);
    const result = await lab.publisher().publish(await lab.files(lab.flock()));
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('it reads another file') });
  });
});
