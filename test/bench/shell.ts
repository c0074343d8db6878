import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** A program to run with an environment and standard input of its own. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** What a call came to. */
export interface Outcome {
  /** From the fork to the end, in milliseconds. */
  readonly ms: number;
  readonly code: number;
  readonly stdout: string;
}

/**
 * A bash that starts programs and reads the clock around them. Node needs some milliseconds for a child of its own,
 * which would stand in every measurement; bash forks in a fraction of one and has a clock without a process
 * (EPOCHREALTIME, bash 5).
 */
export class Shell {
  readonly #bash: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #folder: string;

  /** @param folder for the input and output of programs. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#bash = spawn('bash', ['--norc', '--noprofile'], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface(this.#bash.stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Runs one program to its end. */
  async run(call: Call): Promise<Outcome> {
    const [input, output] = [join(this.#folder, 'in'), join(this.#folder, 'out')];
    writeFileSync(input, call.stdin);
    const command = `${words(call)} <${quote(input)} >${quote(output)} 2>&1`;
    const [code = '', from = '', to = ''] = (
      await this.#ask(`s=$EPOCHREALTIME; ${command}; c=$?; e=$EPOCHREALTIME; echo "$c $s $e"`)
    ).split(' ');
    return { ms: (Number(to) - Number(from)) * 1000, code: Number(code), stdout: readFileSync(output, 'utf8') };
  }

  /**
   * Runs all programs at once.
   * @returns milliseconds until the last one had ended.
   * @throws Error with the output of the first that failed.
   */
  async runAll(calls: readonly Call[]): Promise<number> {
    const at = (name: string, n: number) => join(this.#folder, `${name}${n}`);
    for (const [n, call] of calls.entries()) writeFileSync(at('in', n), call.stdin);
    const started = calls.map((call, n) => {
      const output = quote(at('out', n));
      return `{ ${words(call)} <${quote(at('in', n))} >${output} 2>&1; echo $? >${quote(at('code', n))}; } &`;
    });
    const script = join(this.#folder, 'all.sh');
    writeFileSync(script, `${started.join('\n')}\nwait\n`);
    const [from = '', to = ''] = (
      await this.#ask(`s=$EPOCHREALTIME; . ${quote(script)}; e=$EPOCHREALTIME; echo "$s $e"`)
    ).split(' ');
    for (const n of calls.keys()) {
      const code = readFileSync(at('code', n), 'utf8').trim();
      if (code !== '0') throw new Error(`exit status ${code}: ${readFileSync(at('out', n), 'utf8')}`);
    }
    return (Number(to) - Number(from)) * 1000;
  }

  async #ask(command: string): Promise<string> {
    this.#bash.stdin.write(`${command}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error('the shell ended before its answer');
    return answer.value;
  }

  close(): void {
    this.#lines.close();
    this.#bash.stdin.end();
  }
}

/** A call as a simple command with assignments in front. */
function words({ argv, env }: Call): string {
  const assignments = Object.entries(env).map(([key, value]) => `${key}=${quote(value)}`);
  return [...assignments, ...argv.map(quote)].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
