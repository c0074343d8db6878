import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Desk } from './desk.ts';
import { contentOn } from './disk.ts';
import { CONFIG } from './edit.ts';
import { expectNoLossInKernel } from './kernel-events.ts';
import { ALWAYS_THERE, claimsOf, FLIPPING, ROUTERS } from './names.ts';
import type { InForce, Operator } from './operator.ts';
import { wantedText } from './wanted-text.ts';

const EVERY_ROUTER = ROUTERS.map(({ router }) => router);

/** Files that lie in the folder of `bird.conf` when all is well. */
const KEPT = [
  '.flock-announcements.conf.reserve',
  'bird.conf',
  'bird.conf.before-flock',
  'bird.conf.prev',
  'bird.ctl',
  'flock-announcements.conf',
  'flock-announcements.conf.prev',
];

/** Writes everything as it was in the beginning, with the permission to reset sessions, and waits until it is in force. */
export async function backToTheBeginning(operator: Operator, desk: Desk): Promise<void> {
  const { daemon, birdConf, node } = operator.world;
  const files = [CONFIG, ...operator.desk.overlays.keys()];
  operator.permit(EVERY_ROUTER);
  operator.desk = desk;
  for (const file of files) await operator.save(file, contentOn(desk, file));
  await operator.until('everything is as it was', async () => {
    const { change } = (await daemon.status()).bird;
    if (change?.state === 'waits') await daemon.apply({ reset: true, withdraw: false });
    return change === null && (await birdConf()) === wantedText(node, desk);
  });
  await operator.allIsWell();
  await operator.guard(EVERY_ROUTER);
}

/** Fails unless everything is as it was, in the files, in BIRD, and at the routers. */
export async function expectEverythingWhole(operator: Operator, first: InForce): Promise<void> {
  const { node, monitors, observer } = operator.world;
  await operator.expectInForce(first);
  const { addresses, problems, pods } = await operator.world.daemon.status();
  expect({ withheld: addresses.withheld, problems, ready: pods.ready }).toEqual({
    withheld: 0,
    problems: [],
    ready: pods.total,
  });
  const there = await readdir(node.path('bird'));
  expect(there.filter((name) => !KEPT.includes(name))).toEqual([]);
  const announced = [...ALWAYS_THERE, ...FLIPPING.flatMap(claimsOf)].sort();
  for (const { router } of ROUTERS) {
    await operator.until(`${router} has every prefix and no other`, async () => {
      expect(await routesFromNode(operator, router)).toEqual(announced);
      return true;
    });
  }
  expectNoLossInKernel(monitors, ALWAYS_THERE, observer.windows);
  operator.judge();
}

/** What a router has from the node, over whatever session, sorted. */
async function routesFromNode(operator: Operator, router: string): Promise<string[]> {
  const text = (await operator.world.routers.get(router)?.birdc('show route where source = RTS_BGP')) ?? '';
  return [...text.matchAll(/^([0-9a-f][0-9a-f.:]*\/\d+) /gm)].map(([, prefix = '']) => prefix).sort();
}
