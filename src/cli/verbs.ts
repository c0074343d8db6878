import type { Command } from 'commander';
import { registerAddresses } from './addresses.ts';
import { registerApply } from './apply.ts';
import { registerCheck } from './check.ts';
import type { CliContext } from './context.ts';
import { registerPods } from './pods.ts';
import { registerRender } from './render.ts';
import { registerStatus } from './status.ts';

/** The verbs of flockctl, in the order in which its help lists them. Each adds its command to the program. */
export const VERBS: readonly ((program: Command, context: CliContext) => void)[] = [
  registerStatus,
  registerPods,
  registerAddresses,
  registerRender,
  registerCheck,
  registerApply,
];
