import { defineConfig } from 'vitest/config';

/** The programs of administrators (bird, ip) are not on everybody's path. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/**
 * Longest time that a test may take that says nothing else, in milliseconds: several waits of its own come first, so that they
 * say what they wait for.
 */
const SHORT_MS = 120_000;

/** Longest time that a test of `long` may take, in milliseconds: an hour of tampering, and what it oversteps. */
const LONG_MS = 2 * 3_600_000;

/** `npm test` runs every project that it knows, so these are known only where they are asked for. */
const isAsked = (name: string): boolean => process.argv.some((word) => word === name || word === `--project=${name}`);

/** What `npm run test:quick` leaves out: a comment with `@module-tag real` in a file, or `tags` of a test. */
const tags = [{ name: 'real', description: 'runs another program, or waits on a real clock' }];

/**
 * Files share a process, and the modules that it has loaded: loading them for each file takes longer than the tests. Not in
 * threads, which have no umask and no user of their own.
 */
const shared = { pool: 'forks' as const, isolate: false, tags };

/** What needs no root, no other program and no real clock. Without a PATH nothing else is found, and so it is not needed. */
const quick = {
  test: {
    name: 'quick',
    include: ['test/{unit,property,golden,rules}/**/*.test.ts'],
    ...shared,
    testTimeout: SHORT_MS,
    env: { PATH: '/nonexistent', FLOCK_TEST_QUICK: '1' },
  },
};

const long = {
  test: {
    name: 'long',
    include: ['test/long/**/*.test.ts'],
    pool: 'forks' as const,
    maxWorkers: 1,
    testTimeout: LONG_MS,
    hookTimeout: SHORT_MS,
    env,
  },
};

/**
 * Four projects: `unit` and `rules` need nothing, `netns` needs root and makes private network namespaces, `system` boots a
 * Debian with systemd in one. Two more are run by name: `long` has the rows of `npm run test:long`, and `quick` those of `unit`
 * and `rules` that need the least. What cannot run is skipped, and the second reporter names it.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/setup/skipped.ts'],
    projects: [
      ...(isAsked('long') ? [long] : []),
      ...(isAsked('quick') ? [quick] : []),
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          ...shared,
          testTimeout: SHORT_MS,
          env,
        },
      },
      { test: { name: 'rules', include: ['test/rules/**/*.test.ts'], ...shared, testTimeout: SHORT_MS, env } },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          // A process for each file: entering a namespace concerns a thread, and signals reach the main one only.
          pool: 'forks',
          // Each file runs daemons of its own; more than two at once starve each other on two cores.
          maxWorkers: 2,
          // After the other two, whose property tests take every core.
          sequence: { groupOrder: 1 },
          testTimeout: SHORT_MS,
          hookTimeout: SHORT_MS,
          env,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: SHORT_MS,
          // The first run makes the Debian tree.
          hookTimeout: 300_000,
          env,
        },
      },
    ],
  },
});
