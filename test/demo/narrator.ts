import type { CommandResult, Namespace } from '../lab/lab.ts';

/** Tells the demo: numbered steps, the commands with what they print, and whether each expectation held. */
export class Narrator {
  #steps = 0;
  readonly #failures: string[] = [];
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Begins a step. */
  step(title: string): void {
    this.#steps += 1;
    this.#write(`\n${this.#steps}. ${title}`);
  }

  /** One sentence. */
  say(text: string): void {
    this.#write(`   ${text}`);
  }

  /** A command in the words of its program; `where` is the machine on which a person would type it. */
  output(where: string, command: string, text: string): void {
    this.#write(`   ${where}# ${command}`);
    const lines = text.trimEnd().split('\n');
    for (const line of lines) this.#write(`     ${line.replaceAll('\t', '        ')}`);
  }

  /** Runs a command in a namespace and shows it. */
  async run(
    namespace: Namespace,
    argv: readonly string[],
    options: { allowFailure?: boolean } = {},
  ): Promise<CommandResult> {
    const result = await namespace.exec(argv, options);
    this.output(namespace.label, argv.join(' '), result.stdout + result.stderr);
    return result;
  }

  /** Says what should hold and whether it does. */
  expect(what: string, holds: boolean): void {
    this.#write(`   ${holds ? 'ok    ' : 'FAILED'} ${what}`);
    if (!holds) this.#failures.push(`step ${this.#steps}: ${what}`);
  }

  /** The same for something that comes true in a moment; a failure is told with its reason, and the demo goes on. */
  async expectSoon<T>(what: string, waiting: Promise<T>): Promise<T | undefined> {
    try {
      const value = await waiting;
      this.expect(what, true);
      return value;
    } catch (error) {
      this.expect(`${what} (${error instanceof Error ? error.message : error})`, false);
      return undefined;
    }
  }

  /** Everything that did not hold. */
  get failures(): readonly string[] {
    return this.#failures;
  }
}
