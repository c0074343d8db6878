// @module-tag real
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/types.ts';
import { followConfig } from '../../../src/daemon/follow-config.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { Problems } from '../../../src/engine/problem-store.ts';
import { FlockError } from '../../../src/errors.ts';
import type { Problem } from '../../../src/model/problem.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { eventually } from '../../lab/eventually.ts';

const text = (asn: number, more = ''): string => `pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: ${asn} }\n${more}`;

/** A follower on a real file, with an engine that takes every configuration up unless told otherwise. */
async function following(
  work: (world: {
    folder: TempFolder;
    taken: number[];
    lines: string[];
    problem: () => Problem | undefined;
    refuse: (asn: number, why: string | undefined) => void;
  }) => Promise<void>,
): Promise<void> {
  using folder = new TempFolder();
  const path = folder.write('flock.yaml', text(64601));
  const started = await loadConfig(path);
  const taken: number[] = [];
  const lines: string[] = [];
  const refusals = new Map<number, string>();
  const problems = new Problems();
  const state = { config: started, problems };
  const reconfigure = async (next: Config): Promise<void> => {
    const why = refusals.get(next.bgp.asn);
    if (why !== undefined) throw new FlockError('configurationInvalid', why);
    taken.push(next.bgp.asn);
    state.config = next;
  };
  const engine = { state, reconfigure } as unknown as Engine;
  const followers = { metrics: { follow: async () => {} }, templates: { follow: async () => {} } };
  const say = (_fields: object, line: string): void => void lines.push(line);
  const log = { debug: say, info: say, warn: say, error: say };
  const watch = followConfig(
    path,
    started,
    engine,
    followers as unknown as Parameters<typeof followConfig>[3],
    log,
    40,
  );
  const refuse = (asn: number, why: string | undefined): void => {
    if (why === undefined) refusals.delete(asn);
    else refusals.set(asn, why);
  };
  try {
    await work({ folder, taken, lines, problem: () => problems.of('configuration').get(), refuse });
  } finally {
    watch.close();
  }
}

describe('the daemon and its file', () => {
  it('takes up what was refused for a reason outside the file as soon as that is gone, and says so once', () =>
    following(async ({ folder, taken, lines, problem, refuse }) => {
      refuse(64602, 'pods.directory: /srv/pods does not exist');
      folder.replace('flock.yaml', text(64602));
      await eventually(() => problem(), 'it is refused');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(lines.filter((line) => line.includes('/srv/pods'))).toHaveLength(1);
      refuse(64602, undefined);
      await eventually(() => taken.length > 0, 'it is taken up');
      expect(taken).toEqual([64602]);
      expect(problem()).toBeUndefined();
    }));

  it('never goes back to what was refused once a newer one is in force', () =>
    following(async ({ folder, taken, problem, refuse }) => {
      refuse(64602, 'not now');
      folder.replace('flock.yaml', text(64602));
      await eventually(() => problem(), 'it is refused');
      folder.replace('flock.yaml', text(64603));
      await eventually(() => taken.includes(64603), 'the newer one is taken up');
      refuse(64602, undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(taken).toEqual([64603]);
      expect(problem()).toBeUndefined();
    }));

  it('says what waits for a restart, and what is wrong instead of it', () =>
    following(async ({ folder, taken, problem }) => {
      folder.replace('flock.yaml', text(64602, 'node: other\n'));
      await eventually(() => problem()?.code === 'restartNeeded', 'the restart is asked for');
      expect(taken).toEqual([64602]);
      folder.write('flock.yaml', text(64602, 'node: other\nbgb: {}\n'));
      await eventually(() => problem()?.code === 'configurationInvalid', 'the typing error is told of');
      folder.write('flock.yaml', text(64602));
      await eventually(() => problem() === undefined, 'all is well');
    }));
});
