import { defineConfig } from 'vitest/config';

/** The programs of administrators (bird, ip) are not on everybody's path. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/**
 * Four projects: `unit` and `rules` need nothing, `netns` needs root and makes private network namespaces, `system` boots a
 * Debian with systemd in one. What cannot run is skipped, and the second reporter names it.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/setup/skipped.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          testTimeout: 20_000,
          env,
        },
      },
      { test: { name: 'rules', include: ['test/rules/**/*.test.ts'], env } },
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
          testTimeout: 60_000,
          // The first run makes the Debian tree.
          hookTimeout: 300_000,
          env,
        },
      },
    ],
  },
});
