// @module-tag real
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Allocation, AllocationState } from '../../../../src/allocation/allocation.ts';
import { decodeAllocations } from '../../../../src/allocation/file/file-format.ts';
import { type AllocationStore, openAllocationStore } from '../../../../src/allocation/file/store.ts';
import { FlockError } from '../../../../src/errors.ts';
import type { FileCalls } from '../../../../src/files/durable-file.ts';
import { allocation } from '../fixtures.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'flock-store-'));
  path = join(folder, 'allocations.json');
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const now = () => new Date('2025-01-02T03:04:05.678Z');

async function open(options: { node?: string; calls?: FileCalls } = {}) {
  return openAllocationStore(path, { node: 'node1', now, ...options });
}

function plus(...added: Allocation[]) {
  return (state: AllocationState) => ({ ...state, allocations: [...state.allocations, ...added] });
}

/** Container ids in the store's memory, and in the file. */
function inMemory(store: AllocationStore): string[] {
  return store.state.allocations.map(({ containerId }) => containerId);
}

function onDisk(): string[] {
  const decoded = decodeAllocations(fs.readFileSync(path, 'utf8'), 'node1');
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.state.allocations.map(({ containerId }) => containerId);
}

/** Real calls that are counted, and that fail or wait where a test says so. */
function calls() {
  const counted = { fsyncs: 0, renames: 0 };
  const next: { fsync?: (() => Promise<void>) | undefined; rename?: (() => void) | undefined } = {};
  const implementation: FileCalls = {
    fsync: async (fd) => {
      counted.fsyncs += 1;
      await next.fsync?.();
      fs.fsyncSync(fd);
    },
    rename: (from, to) => {
      counted.renames += 1;
      next.rename?.();
      fs.renameSync(from, to);
    },
  };
  return { counted, next, implementation };
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

describe('opening', () => {
  it('takes a missing file for an empty state, and writes nothing yet', async () => {
    const { store, setAside } = await open();
    expect(store.state).toEqual({ node: 'node1', routerId: undefined, lastIp4: undefined, allocations: [] });
    expect(setAside).toBeUndefined();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('reads what was written', async () => {
    const first = await open();
    await first.store.update(plus(allocation(1), allocation(2)));
    const { store } = await open();
    expect(store.state).toEqual(first.store.state);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
  });

  it.each([
    ['corrupt', '{"version":1,'],
    ['newerVersion', '{"version":7,"node":"node1"}'],
    ['foreignNode', '{"version":1,"node":"node2","allocations":[]}'],
  ])('sets a file aside that is %s, whole, and says so', async (reason, text) => {
    fs.writeFileSync(path, text);
    const { store, setAside } = await open();
    const kept = join(folder, 'allocations.json.set-aside-2025-01-02T03-04-05.678Z');
    expect(setAside).toMatchObject({ reason, path: kept });
    expect(setAside?.message).toContain(kept);
    expect(fs.readFileSync(kept, 'utf8')).toBe(text);
    expect(store.state.allocations).toEqual([]);
    expect(fs.existsSync(path)).toBe(false);
  });

  it('never overwrites a file that was set aside at the same moment', async () => {
    for (const text of ['first', 'second', 'third']) {
      fs.writeFileSync(path, text);
      await open();
    }
    const kept = fs.readdirSync(folder).map((name) => fs.readFileSync(join(folder, name), 'utf8'));
    expect(kept.sort()).toEqual(['first', 'second', 'third']);
  });

  it('still tells of a file set aside when nothing was written since, and no longer afterwards', async () => {
    fs.writeFileSync(path, 'broken');
    const first = await open();
    const again = await open();
    expect(again.setAside).toMatchObject({ reason: 'interrupted', path: first.setAside?.path });
    await again.store.update(plus(allocation(1)));
    expect((await open()).setAside).toBeUndefined();
  });

  it('removes what a crash left between temporary file and rename, and keeps everything else', async () => {
    await (await open()).store.update(plus(allocation(1)));
    fs.writeFileSync(`${path}.tmp-1-1`, '{"version":1,"node":"node1","allocations":[');
    fs.writeFileSync(join(folder, 'notes'), '');
    const { store } = await open();
    expect(inMemory(store)).toEqual(['container1']);
    expect(fs.readdirSync(folder).sort()).toEqual(['allocations.json', 'notes']);
  });

  it('removes neither what is no file of that name, nor what a flockd that still runs is writing', async () => {
    // A process whose command line names flockd, which is what tells it.
    const living = spawn('sleep', ['1000'], { argv0: 'flockd', stdio: 'ignore' });
    try {
      await once(living, 'spawn');
      const kept = [`allocations.json.tmp-${living.pid}-1`, 'allocations.json.tmp-notes', 'allocations.json.tmp-1-2'];
      fs.mkdirSync(join(folder, kept[2] ?? ''));
      for (const name of kept.slice(0, 2)) fs.writeFileSync(join(folder, name), '');
      await open();
      expect(fs.readdirSync(folder).sort()).toEqual(kept.sort());
    } finally {
      living.kill();
    }
  });

  it('fails with the folder and the remedy when the folder is missing', async () => {
    path = join(folder, 'gone', 'allocations.json');
    const error = await open().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'stateUnwritable' });
    expect(error).toHaveProperty('message', expect.stringContaining(`create the folder ${join(folder, 'gone')}`));
  });

  it('fails, and moves nothing, when the path is a folder', async () => {
    fs.mkdirSync(path);
    const error = await open().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'stateUnwritable', message: expect.stringContaining('is a folder') });
    expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
  });
});

describe('updating', () => {
  it('changes the state at once, and resolves when the change is on disk', async () => {
    const { store } = await open();
    const done = store.update(plus(allocation(1)));
    expect(inMemory(store)).toEqual(['container1']);
    await done;
    expect(onDisk()).toEqual(['container1']);
  });

  it('writes once for all changes of one turn of the event loop', async () => {
    const { counted, implementation } = calls();
    const { store } = await open({ calls: implementation });
    await Promise.all(Array.from({ length: 110 }, (_, i) => store.update(plus(allocation(i + 1)))));
    expect(counted).toEqual({ fsyncs: 2, renames: 1 });
    expect(onDisk()).toHaveLength(110);
  });

  it('gathers what comes during a write for one more write, and resolves each change when it is durable', async () => {
    const { counted, next, implementation } = calls();
    const { store } = await open({ calls: implementation });
    const held = Promise.withResolvers<void>();
    next.fsync = () => held.promise;
    const first = store.update(plus(allocation(1)));
    await new Promise(setImmediate);
    const later = [2, 3, 4].map((number) => store.update(plus(allocation(number))));
    await new Promise(setImmediate);
    expect(counted).toEqual({ fsyncs: 1, renames: 0 });
    next.fsync = undefined;
    held.resolve();
    await first;
    expect(onDisk()).toEqual(['container1']);
    await Promise.all(later);
    expect(counted.renames).toBe(2);
    expect(onDisk()).toHaveLength(4);
  });

  it('writes nothing for a change that changes nothing, and goes on working', async () => {
    const { counted, implementation } = calls();
    const { store } = await open({ calls: implementation });
    await store.update((state) => state);
    expect(counted.renames).toBe(0);
    await store.update(plus(allocation(1)));
    expect(onDisk()).toEqual(['container1']);
  });

  it('passes on what the change throws, and changes nothing', async () => {
    const { store } = await open();
    const failing = store.update(() => {
      throw new FlockError('poolExhausted', 'no address');
    });
    await expect(failing).rejects.toMatchObject({ code: 'poolExhausted' });
    await store.update(plus(allocation(1)));
    expect(onDisk()).toEqual(['container1']);
  });

  it('refuses alone what could not be read again', async () => {
    const { store } = await open();
    const bad = store.update(plus(allocation(1, { netns: 'relative' })));
    const good = store.update(plus(allocation(2)));
    await expect(bad).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('netns') });
    await good;
    expect(onDisk()).toEqual(['container2']);
  });

  it('is idle when everything is on disk', async () => {
    const { store } = await open();
    await store.idle();
    const done = store.update(plus(allocation(1)));
    await store.idle();
    expect(onDisk()).toEqual(['container1']);
    await done;
  });
});

describe('a disk that refuses', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT'])(
    'rejects on %s of fsync, takes the change back, and recovers',
    async (code) => {
      const { next, implementation } = calls();
      const { store } = await open({ calls: implementation });
      await store.update(plus(allocation(1)));
      next.fsync = () => Promise.reject(errno(code));
      const failing = store.update(plus(allocation(2)));
      await expect(failing).rejects.toMatchObject({ code: 'stateUnwritable', message: expect.stringContaining(code) });
      expect(inMemory(store)).toEqual(['container1']);
      expect(onDisk()).toEqual(['container1']);
      expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
      next.fsync = undefined;
      await store.update(plus(allocation(3)));
      expect(onDisk()).toEqual(['container1', 'container3']);
    },
  );

  it('rejects when the rename fails, and leaves no temporary file', async () => {
    const { next, implementation } = calls();
    const { store } = await open({ calls: implementation });
    await store.update(plus(allocation(1)));
    next.rename = () => {
      throw errno('EACCES');
    };
    await expect(store.update(plus(allocation(2)))).rejects.toMatchObject({ code: 'stateUnwritable' });
    expect(inMemory(store)).toEqual(['container1']);
    expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
  });

  it('rejects for real when a folder stands where the file should be', async () => {
    const { store } = await open();
    fs.mkdirSync(path);
    const failing = store.update(plus(allocation(1)));
    await expect(failing).rejects.toMatchObject({
      code: 'stateUnwritable',
      message: expect.stringContaining('EISDIR'),
    });
    expect(inMemory(store)).toEqual([]);
    expect(fs.readdirSync(folder)).toEqual(['allocations.json']);
  });

  it('rejects for real when the folder has vanished, and writes again when it is back', async () => {
    const { store } = await open();
    fs.rmdirSync(folder);
    const failing = store.update(plus(allocation(1)));
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining(`create the folder ${folder}`) });
    fs.mkdirSync(folder);
    await store.update(plus(allocation(1)));
    expect(onDisk()).toEqual(['container1']);
  });

  it('takes back what was built on a failed change too', async () => {
    const { next, implementation } = calls();
    const { store } = await open({ calls: implementation });
    await store.update(plus(allocation(1)));
    const held = Promise.withResolvers<void>();
    next.fsync = () => held.promise;
    const results = [store.update(plus(allocation(2)))];
    await new Promise(setImmediate);
    results.push(
      store.update(plus(allocation(3))),
      store.update((state) => ({ ...state, allocations: [] })),
    );
    expect(inMemory(store)).toEqual([]);
    next.fsync = undefined;
    held.reject(errno('ENOSPC'));
    const settled = await Promise.allSettled(results);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(inMemory(store)).toEqual(['container1']);
    expect(onDisk()).toEqual(['container1']);
  });

  it('puts the old text back when the new one is in place but cannot be made durable', async () => {
    const { counted, next, implementation } = calls();
    const { store } = await open({ calls: implementation });
    await store.update(plus(allocation(1)));
    // The second fsync of a write is the folder's.
    const folderSync = counted.fsyncs + 2;
    next.fsync = async () => {
      if (counted.fsyncs === folderSync) throw errno('EIO');
    };
    await expect(store.update(plus(allocation(2)))).rejects.toMatchObject({ code: 'stateUnwritable' });
    expect(inMemory(store)).toEqual(['container1']);
    expect(onDisk()).toEqual(['container1']);
  });

  it('says so when not even the old text can be put back', async () => {
    const { counted, next, implementation } = calls();
    const { store } = await open({ calls: implementation });
    const folderSync = counted.fsyncs + 2;
    next.fsync = async () => {
      if (counted.fsyncs >= folderSync) throw errno('EIO');
    };
    const failing = store.update(plus(allocation(1)));
    await expect(failing).rejects.toMatchObject({
      message: expect.stringContaining('restoring the old text failed'),
    });
    next.fsync = undefined;
    await store.update(plus(allocation(2)));
    expect(onDisk()).toEqual(['container2']);
  });
});

describe('what is owed to a disk that refuses', () => {
  /** A store with two allocations and a disk that refuses. */
  async function refusing() {
    const { next, implementation } = calls();
    const told: (string | undefined)[] = [];
    const { store } = await openAllocationStore(path, {
      ...{ node: 'node1', now, calls: implementation },
      onUnwritten: (refusal) => told.push(refusal),
    });
    await store.update(plus(allocation(1), allocation(2)));
    next.fsync = () => Promise.reject(errno('ENOSPC'));
    return { store, told, allow: () => (next.fsync = undefined) };
  }

  const minus = (containerId: string) => (state: AllocationState) => ({
    ...state,
    allocations: state.allocations.filter((one) => one.containerId !== containerId),
  });

  it('holds at once, is told, and is written with the next change', async () => {
    const { store, told, allow } = await refusing();
    expect(await store.writeBehind(minus('container1'))).toBe(false);
    expect(inMemory(store)).toEqual(['container2']);
    expect(onDisk()).toEqual(['container1', 'container2']);
    expect(store.unwritten).toContain('ENOSPC');
    allow();
    await store.update(plus(allocation(3)));
    expect(onDisk()).toEqual(['container2', 'container3']);
    expect(store.unwritten).toBeUndefined();
    expect(told).toEqual([expect.stringContaining('ENOSPC'), undefined]);
  });

  it('is written by itself once the disk can be written, and reported once however often it was tried', async () => {
    const { store, told, allow } = await refusing();
    await store.writeBehind(minus('container1'));
    await store.writeBehind(minus('container2'));
    await expect.poll(() => store.unwritten, { timeout: 10_000 }).toContain('ENOSPC');
    allow();
    await expect.poll(onDisk, { timeout: 10_000 }).toEqual([]);
    expect(told).toEqual([expect.stringContaining('ENOSPC'), undefined]);
  });

  it('stays when a change that came after it is refused and taken back', async () => {
    const { store } = await refusing();
    const outcomes = await Promise.allSettled([
      store.update(plus(allocation(3))),
      store.writeBehind(minus('container1')),
      store.update(plus(allocation(4))),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(inMemory(store)).toEqual(['container2']);
    await expect(store.update(plus(allocation(5)))).rejects.toMatchObject({ code: 'stateUnwritable' });
    expect(inMemory(store)).toEqual(['container2']);
  });

  it('is tried a last time when the daemon ends', async () => {
    const { store, allow } = await refusing();
    await store.writeBehind(minus('container1'));
    allow();
    await store.idle();
    expect(onDisk()).toEqual(['container2']);
  });

  it('is durable at once where the disk takes it', async () => {
    const { store } = await open();
    await store.update(plus(allocation(1)));
    expect(await store.writeBehind(minus('container1'))).toBe(true);
    expect(onDisk()).toEqual([]);
  });
});
