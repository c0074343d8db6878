import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/** The names of what was skipped below a file or suite: a suite stands for its tests when all of them were. */
function* skippedBelow(parent: TestModule | TestSuite, path: string): Generator<string> {
  for (const child of parent.children) {
    const name = `${path} > ${child.name}`;
    if (child.type === 'test') {
      if (child.result().state === 'skipped') yield name;
    } else if ([...child.children.allTests()].every((test) => test.result().state === 'skipped')) {
      yield name;
    } else {
      yield* skippedBelow(child, name);
    }
  }
}

/** Names every skipped suite and test at the end of a run, so that a run without root tells what it has not proved. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) => [...skippedBelow(module, module.relativeModuleId)]);
    if (names.length === 0) return;
    console.log(`\n Skipped (${names.length}):\n${names.map((name) => `   ${name}`).join('\n')}`);
  }
}
