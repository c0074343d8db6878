import { expect, it } from 'vitest';
import { processCost } from '../../bench/process-cost.ts';

const STATUS = 'Name:\tMainThread\nVmHWM:\t  140000 kB\nVmRSS:\t  102400 kB\nThreads:\t11\n';

it('reads processor time and memory of a process, whatever it is called', () => {
  const rest = 'S 1 42 42 0 -1 4194304 9 0 0 0 150 30 7 8 20 0 11 0 100 0 0';
  for (const name of ['flockd', 'a b', 'x) S 1 (2']) {
    expect(processCost(`42 (${name}) ${rest}\n`, STATUS)).toEqual({ cpuSeconds: 1.8, residentMiB: 100 });
  }
  expect(() => processCost('', STATUS)).toThrow('not the texts of a process');
  expect(() => processCost(`42 (flockd) ${rest}`, 'Name:\tzombie\n')).toThrow('not the texts of a process');
});
