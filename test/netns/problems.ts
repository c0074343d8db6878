import { eventually } from '../lab/lab.ts';
import type { FlockNode } from '../lab/node.ts';

/** One entry of `problems` in `flockctl status --json`. */
export interface Problem {
  code: string;
  message: string;
}

export async function problemsOf(node: FlockNode): Promise<Problem[]> {
  return ((await node.flockctlJson('status')) as { problems: Problem[] }).problems;
}

/** Waits until status has a problem of this code whose message has all parts. */
export function told(node: FlockNode, code: string, ...parts: string[]): Promise<Problem> {
  return eventually(
    async () => {
      const problems = await problemsOf(node);
      const found = problems.find((one) => one.code === code && parts.every((part) => one.message.includes(part)));
      if (found === undefined) throw new Error(JSON.stringify(problems));
      return found;
    },
    `status tells ${code}: ${parts.join(', ')}`,
  );
}

/** Waits until status has no problem. */
export function healed(node: FlockNode): Promise<boolean> {
  return eventually(async () => {
    const problems = await problemsOf(node);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return true;
  }, 'status tells of no problem');
}
