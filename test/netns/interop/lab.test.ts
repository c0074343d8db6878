import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Frr, hasFrr } from '../../lab/frr.ts';
import { Gobgp, hasGobgp } from '../../lab/gobgp.ts';
import { isRoot, Lab } from '../../lab/lab.ts';

const GOBGPD = '[global.config]\nas = 64600\nrouter-id = "10.0.1.254"\n';

/** Where FRR and its daemons would leave files if they were not kept in the lab. */
function outside(): string[] {
  return ['/var/tmp/frr', '/run/frr'].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
}

describe.skipIf(!isRoot || !hasFrr || !hasGobgp)('FRR and GoBGP in a lab (needs root, FRR and GoBGP)', () => {
  it('run beside others of their kind, and leave neither process nor file behind', async () => {
    const before = outside();
    const lab = await Lab.create('foreign-routers');
    const pids: number[] = [];
    try {
      for (const label of ['one', 'two']) {
        const namespace = await lab.namespace(label);
        const frr = await Frr.start(lab, namespace, `router bgp 64600\n bgp router-id 10.0.1.1\n`);
        const gobgp = await Gobgp.start(lab, await lab.namespace(`${label}-go`), GOBGPD);
        expect(await frr.vtysh('show running-config')).toContain('router bgp 64600');
        expect(await gobgp.gobgp('global')).toContain('Router-ID: 10.0.1.254');
        pids.push(frr.daemon('zebra').pid, frr.daemon('bgpd').pid, frr.daemon('bfdd').pid, gobgp.daemon.pid);
      }
    } finally {
      await lab[Symbol.asyncDispose]();
    }
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(lab.dir)).toBe(false);
    expect(outside()).toEqual(before);
  });

  it('a configuration that they do not understand is an error with the line, not a router that lacks it', async () => {
    await using lab = await Lab.create('foreign-errors');
    const starting = Frr.start(lab, await lab.namespace('frr'), 'router bgp 64600\n no such thing\n');
    await expect(starting).rejects.toThrow(/bgpd of frr: .*no such thing/);
    await expect(Gobgp.start(lab, await lab.namespace('gobgp'), 'as =')).rejects.toThrow(/gobgpd of gobgp ended/);
  });

  it('a command that they refuse is an error', async () => {
    await using lab = await Lab.create('foreign-commands');
    const frr = await Frr.start(lab, await lab.namespace('frr'), '');
    await expect(frr.vtysh('show nothing')).rejects.toThrow('show nothing');
    await expect(frr.json('show version')).rejects.toThrow('no JSON');
    const gobgp = await Gobgp.start(lab, await lab.namespace('gobgp'), GOBGPD);
    await expect(gobgp.gobgp('neighbor', '192.0.2.1')).rejects.toThrow('192.0.2.1');
    await expect(gobgp.json('neighbor')).resolves.toEqual([]);
  });
});
