import { join } from 'node:path';
import { expect } from 'vitest';
import { CniFailure, type CniRequest, cniEnvironment, DIST } from '../../lab/cni.ts';
import type { CommandResult } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';

/** Calls the plugin with exactly this environment of CNI variables and this standard input. */
export function call(node: FlockNode, env: Record<string, string>, stdin: string): Promise<CommandResult> {
  return node.namespace.exec([join(DIST, 'flock')], { env, stdin, allowFailure: true, timeoutMs: 20_000 });
}

/** The variables of a verb, for tests that leave one out or bend it. */
export function variables(verb: string, request: CniRequest): Record<string, string> {
  return cniEnvironment(verb, request, DIST);
}

/** The CNI error object that a call printed; fails when it succeeded or printed anything else. */
export function cniError(result: CommandResult): { cniVersion: string; code: number; msg: string; details: string } {
  expect(result.code, `exit status; standard output: ${result.stdout}`).not.toBe(0);
  const error = JSON.parse(result.stdout) as { cniVersion: string; code: number; msg: string; details: string };
  expect(Object.keys(error).sort()).toEqual(['cniVersion', 'code', 'details', 'msg']);
  return error;
}

/** What a call of the lab failed with; fails when it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<CniFailure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CniFailure) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
