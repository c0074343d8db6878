import { describe, expect, it } from 'vitest';
import { openKernel } from '../../src/kernel/kernel.ts';
import type { Kernel } from '../../src/kernel/ports.ts';
import { isRoot, Lab } from '../lab/lab.ts';

const PAIRS = 40;

/** Veth pairs from the host into one pod namespace; their host ends' indexes. */
async function makePairs(host: Kernel, sandbox: string, count: number): Promise<number[]> {
  const handle = host.openNamespace(sandbox);
  const mac = (side: number, n: number) => `02:00:00:00:0${side}:${n.toString(16).padStart(2, '0')}`;
  const results = await host.host.apply(
    Array.from({ length: count }, (_, n) => ({
      kind: 'createVeth' as const,
      name: `out${n}`,
      mac: mac(1, n),
      mtu: 1500,
      peer: { name: `in${n}`, mac: mac(2, n), namespaceFd: handle.fd },
    })),
  );
  handle.close();
  expect(results.every((result) => result.ok)).toBe(true);
  const links = await host.host.links();
  return links.filter((link) => link.name.startsWith('out')).map((link) => link.index);
}

describe.skipIf(!isRoot)('removing links (needs root)', () => {
  it('removes many at once, both ends, and leaves every other link alone', async () => {
    await using lab = await Lab.create('removal');
    const [host, pod] = [await lab.namespace('host'), await lab.namespace('pod')];
    const kernel = openKernel({ hostNamespace: host.path });
    const indexes = await makePairs(kernel, pod.path, PAIRS);
    const [spared, ...doomed] = indexes;
    const results = await Promise.all(doomed.map((index) => kernel.host.removeLink(index)));
    expect(results.every((result) => result.ok)).toBe(true);
    const left = (await kernel.host.links()).filter((link) => link.name !== 'lo');
    expect(left.map((link) => link.index)).toEqual([spared]);
    const inside = (await pod.exec(['ip', '-o', 'link'])).stdout.split('\n').filter((line) => / in\d+@/.test(line));
    expect(inside).toHaveLength(1);
    kernel.close();
  });

  it('takes one that is gone already for removed, alone and among others', async () => {
    await using lab = await Lab.create('removal');
    const [host, pod] = [await lab.namespace('host'), await lab.namespace('pod')];
    const kernel = openKernel({ hostNamespace: host.path });
    const indexes = await makePairs(kernel, pod.path, 2);
    expect(await kernel.host.removeLink(99_999)).toEqual({ ok: true });
    const results = await Promise.all([...indexes, 99_999].map((index) => kernel.host.removeLink(index)));
    expect(results).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect((await kernel.host.links()).map((link) => link.name)).toEqual(['lo']);
    kernel.close();
  });

  it('says what the kernel refuses', async () => {
    await using lab = await Lab.create('removal');
    const host = await lab.namespace('host');
    const kernel = openKernel({ hostNamespace: host.path });
    const loopback = await kernel.host.link('lo');
    expect(await kernel.host.removeLink(loopback?.index ?? 0)).toMatchObject({ ok: false, errno: 'EOPNOTSUPP' });
    kernel.close();
  });

  it('removes the others when one of them cannot go', async () => {
    await using lab = await Lab.create('removal');
    const [host, pod] = [await lab.namespace('host'), await lab.namespace('pod')];
    const kernel = openKernel({ hostNamespace: host.path });
    const [index = 0] = await makePairs(kernel, pod.path, 1);
    const loopback = await kernel.host.link('lo');
    const results = await Promise.all([loopback?.index ?? 0, index].map((one) => kernel.host.removeLink(one)));
    expect(results).toMatchObject([{ ok: false, errno: 'EOPNOTSUPP' }, { ok: true }]);
    kernel.close();
  });

  it('fails what waits when the namespace is closed', async () => {
    await using lab = await Lab.create('removal');
    const [host, pod] = [await lab.namespace('host'), await lab.namespace('pod')];
    const kernel = openKernel({ hostNamespace: host.path });
    const [index = 0] = await makePairs(kernel, pod.path, 1);
    const removal = kernel.host.removeLink(index);
    const settled = expect(removal).rejects.toThrow('has been closed');
    await Promise.resolve().then(() => Promise.resolve());
    kernel.close();
    await settled;
  });
});
