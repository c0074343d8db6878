import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiHandler, type ApiServer, createApiServer } from '../../../src/api/server.ts';
import type { ChangeJson } from '../../../src/api/types.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { flockctl } from './offline-world.ts';

const RESETS = [{ session: 'tor1', neighbor: '10.0.0.254', reasons: ['hold time 30 → 60'] }];

function change(state: ChangeJson['state'], message = 'as it is'): ChangeJson {
  return { state, since: '2026-01-01T00:00:00.000Z', message, resets: RESETS };
}

function status(of: ChangeJson | null): object {
  return {
    ...{ node: 'node1', version: '0', startedAt: '', pods: { total: 0, ready: 0 } },
    ...{ addresses: { advertised: 0, withheld: 0 }, problems: [] },
    bird: { connected: true, version: '2.0.12', socket: '', peers: [], lastPublish: null, change: of },
  };
}

let folder: TempFolder;
let server: ApiServer | undefined;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(async () => {
  await server?.close();
  folder[Symbol.dispose]();
});

/** A daemon that answers apply so, and then status with each of these in turn; the last one stays. */
async function daemon(apply: ApiHandler, ...later: readonly (ChangeJson | null)[]): Promise<readonly string[]> {
  const asked: string[] = [];
  const rest = [...later];
  server = createApiServer({
    socket: folder.at('flock.sock'),
    log: silentLogger,
    handlers: {
      cni: async () => ({ status: 500, json: undefined }),
      routes: {
        'POST /v1/apply': (query) => {
          asked.push(String(query));
          return apply(query);
        },
        'GET /v1/status': () => status((rest.length > 1 ? rest.shift() : rest[0]) ?? null),
      },
    },
  });
  await server.listen();
  return asked;
}

const run = (...options: string[]) => flockctl('apply', '--socket', folder.at('flock.sock'), ...options);

describe('flockctl apply', () => {
  it('says when nothing waits', async () => {
    const message =
      'nothing waits: the desired configuration is in force; the permission is not kept for a later change';
    await daemon(() => ({ before: null, change: null, lastPublish: null, message }));
    expect(await run('--reset')).toEqual({ status: 0, out: `${message}\n`, err: '' });
    expect(JSON.parse((await run('--reset', '--json')).out)).toMatchObject({ message });
  });

  it('gives the permissions that its options name, and no other', async () => {
    const asked = await daemon(() => ({ before: change('waits'), change: null, lastPublish: null, message: '' }));
    await run();
    await run('--reset');
    await run('--withdraw');
    expect(asked).toEqual(['reset=false&withdraw=false', 'reset=true&withdraw=false', 'reset=false&withdraw=true']);
  });

  it('tells what is reset, waits for the end of the trial, and is done when it is proven', async () => {
    const verifying = change('verifying');
    await daemon(
      () => ({ before: change('waits'), change: verifying, lastPublish: null, message: '' }),
      verifying,
      null,
    );
    const { status: exit, out } = await run('--reset');
    expect(exit).toBe(0);
    expect(out).toContain('resets tor1 (10.0.0.254): hold time 30 → 60\n');
    expect(out).toMatch(/waiting until .*\nin force\n$/);
  });

  it('fails with the reason when the change is undone at the end', async () => {
    const verifying = change('verifying');
    const undone = change('undone', 'tor1 did not come back');
    await daemon(
      () => ({ before: change('waits'), change: verifying, lastPublish: null, message: '' }),
      verifying,
      undone,
    );
    const { status: exit, err } = await run('--reset');
    expect(exit).toBe(1);
    expect(err).toContain('tor1 did not come back');
  });

  it('fails with the reason when the change still waits', async () => {
    const waits = change('waits', 'run "flockctl apply --reset"');
    await daemon(() => ({ before: waits, change: waits, lastPublish: null, message: '' }));
    const { status: exit, err } = await run();
    expect(exit).toBe(1);
    expect(err).toContain('flockctl apply --reset');
  });

  it('prints one JSON value, with the change as it is at the end', async () => {
    const verifying = change('verifying');
    await daemon(
      () => ({ before: change('waits'), change: verifying, lastPublish: null, message: '' }),
      verifying,
      null,
    );
    const { out } = await run('--reset', '--json');
    expect(JSON.parse(out)).toEqual({ before: change('waits'), change: null, lastPublish: null, message: '' });
  });

  it('says so when the daemon is older and knows no apply', async () => {
    await daemon(() => ({ fine: true }));
    const { status: exit, err } = await run();
    expect(exit).toBe(1);
    expect(err).toContain('as flockd does');
  });
});
