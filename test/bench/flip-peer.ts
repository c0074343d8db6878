import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Lab, type LabBird, type Namespace } from '../lab/lab.ts';
import { FLIPPING, type RunningEngine } from './flip-engine.ts';

/**
 * The usual way to do it by hand, and that of anycast_healthchecker and birdwatcher: all addresses on the loopback,
 * the healthy ones in a prefix set that the export filter consults, the set rewritten and `birdc configure` run.
 */
export async function startHandmade(lab: Lab, node: Namespace, count: number, peer: string): Promise<RunningEngine> {
  const set = join(lab.dir, 'set.conf');
  const prefixes = prefixesOf(count);
  const write = (ready: boolean): void => {
    const flipping = FLIPPING.addresses.map(host);
    const all = ready ? [...prefixes, ...flipping] : prefixes;
    const of = (family: string) => all.filter((prefix) => prefix.includes(':') === (family === '6')).join(', ');
    writeFileSync(`${set}.new`, `define SET4 = [ ${of('4')} ];\ndefine SET6 = [ ${of('6')} ];\n`);
    renameSync(`${set}.new`, set);
  };
  write(false);
  const all = [...prefixes, ...FLIPPING.addresses.map(host)];
  const routes = (family: string) =>
    all
      .filter((prefix) => prefix.includes(':') === (family === '6'))
      .map((prefix) => `route ${prefix} blackhole;`)
      .join('\n');
  const bird = await lab.bird(
    node,
    `log stderr all;
router id 10.0.0.1;
include "${set}";
protocol device {}
protocol static s4 { ipv4; ${routes('4')} }
protocol static s6 { ipv6; ${routes('6')} }
protocol bgp tor { local as 64601; neighbor ${peer} as 64600; connect delay time 1;
  ipv4 { import none; export where net ~ SET4; next hop self; };
  ipv6 { import none; export where net ~ SET6; next hop self; }; }
`,
    { name: 'handmade' },
  );
  await eventually(async () => (await bird.birdc('show protocols')).includes('Established'), 'the session is up');
  return { switch: (ready) => apply(bird, write, ready), async stop() {} };
}

function apply(bird: LabBird, write: (ready: boolean) => void, ready: boolean): void {
  write(ready);
  bird.birdc('configure').catch((error: unknown) => {
    throw error;
  });
}

function host(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function prefixesOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const at = n >> 1;
    if (n % 2 === 1) return `2001:db8:fffe::${at.toString(16)}/128`;
    return `198.${18 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}/32`;
  });
}
