import { afterAll, beforeAll } from 'vitest';
import { Lab } from '../lab/lab.ts';

/**
 * What a test file works in, from before its first test until after its last. The lab that it is built in goes with
 * everything in it, also where building fails.
 */
export function fileWorld<T>(purpose: string, build: (lab: Lab) => Promise<T>): () => T {
  let built: { readonly world: T } | undefined;
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = await Lab.create(purpose);
    built = { world: await build(lab) };
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());
  return () => {
    if (built === undefined) throw new Error(`the world of ${purpose} was not built`);
    return built.world;
  };
}
