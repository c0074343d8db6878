import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DIST } from '../lab/cni.ts';
import { startFabric } from '../lab/fabric.ts';
import { isRoot, Lab } from '../lab/lab.ts';
import { NETNS_FOLDER } from '../lab/ownership.ts';
import { RouteMonitor } from '../lab/route-monitor.ts';
import { Narrator } from './narrator.ts';
import { addressesPod, bothPaths, cleanUp, itComesBack, oneTurnsUnready, twoReplicas } from './steps.ts';

/** The world of the demo from its beginning to its end. The lab takes everything with it, whatever happens. */
async function play(tell: Narrator): Promise<Lab> {
  await using lab = await Lab.create('demo');
  tell.step('Two nodes and a router, each in a network namespace with a BIRD; flockd and its CNI plugin on the nodes');
  const started = performance.now();
  const fabric = await startFabric(lab, 2);
  tell.output('router', 'birdc show protocols', await fabric.router.birdc('show protocols'));
  tell.say(`set up in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const demo = { lab, fabric, tell, monitor: await RouteMonitor.start(lab, fabric.router.namespace) };
  const replicas = await twoReplicas(demo);
  await bothPaths(demo);
  const [, second] = replicas;
  if (second === undefined) throw new Error('the demo has no second replica');
  await oneTurnsUnready(demo, second);
  await itComesBack(demo, second);
  const mail = await addressesPod(demo);
  await cleanUp(demo, replicas, mail);
  return lab;
}

async function main(): Promise<number> {
  if (!isRoot) {
    console.error('demo: needs root, for private network namespaces');
    return 1;
  }
  if (!existsSync(join(DIST, 'flock'))) {
    console.error('demo: dist/ is not built; `npm run build` needs gcc and libc6-dev');
    return 1;
  }
  const tell = new Narrator((line) => console.log(line));
  const started = performance.now();
  const lab = await play(tell);
  const left = readdirSync(NETNS_FOLDER).filter((name) => name.startsWith(`fl${lab.id}-`));
  tell.expect('no namespace and no file is left', left.length === 0 && !existsSync(lab.dir));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const held = tell.failures.length === 0;
  console.log(`\n${held ? 'Everything held' : `Did not hold:\n  ${tell.failures.join('\n  ')}\n`} (${seconds} s)`);
  return held ? 0 : 1;
}

process.exitCode = await main();
