import { expect } from 'vitest';
import type { Namespace } from '../../lab/lab.ts';

/** One packet and one second for its answer: whoever loses the first packet fails. */
export async function answers(from: Namespace, address: string, source?: string): Promise<boolean> {
  const argv = ['ping', '-n', '-c1', '-W1', ...(source === undefined ? [] : ['-I', source]), address];
  const { code, stderr } = await from.exec(argv, { allowFailure: true });
  if (code > 1) throw new Error(`${argv.join(' ')} in ${from.label}: ${stderr}`);
  return code === 0;
}

/** Expects that the very first packet to each address is answered. */
export async function expectFirstPackets(from: Namespace, ...addresses: (string | undefined)[]): Promise<void> {
  const lost: string[] = [];
  for (const address of addresses) {
    if (address === undefined || !(await answers(from, address))) lost.push(`${from.label} -> ${address}`);
  }
  expect(lost).toEqual([]);
}
