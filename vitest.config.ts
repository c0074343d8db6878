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

/** `npm test` runs every project that it knows, so this one is known only where it is asked for. */
const isLong = process.argv.some((word) => word === 'long' || word === '--project=long');

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
 * Debian with systemd in one. A fifth, `long`, has the rows of `npm run test:long`. What cannot run is skipped, and the second
 * reporter names it.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/setup/skipped.ts'],
    projects: [
      ...(isLong ? [long] : []),
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          testTimeout: SHORT_MS,
          env,
        },
      },
      { test: { name: 'rules', include: ['test/rules/**/*.test.ts'], testTimeout: SHORT_MS, env } },
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
