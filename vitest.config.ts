import { defineConfig } from 'vitest/config';

/** The programs of administrators (bird, ip) are not on everybody's path. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/**
 * Three projects: `unit` and `rules` need nothing, `netns` needs root and makes private network namespaces; without root
 * it skips, and the second reporter names what it skipped.
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
    ],
  },
});
