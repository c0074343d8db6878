import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BirdControl,
  BirdError,
  type BirdErrorKind,
  type BirdFileError,
  type ConfigureOutcome,
  type ProtocolStatus,
} from '../../../src/bird-control/types.ts';

/**
 * A BIRD with state: it reads its file and what that includes, refuses texts with the word BROKEN, runs what it has
 * accepted, and fails on a second command while one runs.
 */
export class FileReadingBird implements BirdControl {
  /** Every command, in order. */
  readonly commands: string[] = [];
  /** The text of all files that are in force. */
  running = '';
  /** Makes every command fail so. */
  failure: BirdErrorKind | undefined;
  /** Answer of the next `configure` in place of the true one; the text is then not taken up. */
  nextOutcome: ConfigureOutcome | undefined;
  /** Called in the middle of each command. */
  during: (command: string) => void = () => {};
  readonly version = '2.0.12';
  readonly connected = true;
  readonly #config: string;
  #busy = false;

  /** @param config path of the file that it was started with. */
  constructor(config: string) {
    this.#config = config;
  }

  configureCheck(file: string): Promise<{ ok: true } | { ok: false; error: BirdFileError }> {
    return this.#command(`check ${file}`, () => {
      const read = readAll(file);
      return 'error' in read ? { ok: false, error: read.error } : { ok: true };
    });
  }

  configure(): Promise<ConfigureOutcome> {
    return this.#command('configure', () => {
      const answer = this.nextOutcome;
      this.nextOutcome = undefined;
      if (answer !== undefined) return answer;
      const read = readAll(this.#config);
      if ('error' in read) return { outcome: 'refused', error: read.error };
      this.running = read.text;
      return { outcome: 'applied' };
    });
  }

  showProtocols(): Promise<ProtocolStatus[]> {
    return this.#command('show protocols', () =>
      [...this.running.matchAll(/^protocol (\w+) (\w+)/gm)].map(([, type = '', name = '']) => ({
        name,
        type,
        table: undefined,
        state: 'up',
        since: '',
        info: '',
        bgp: undefined,
        channels: [],
      })),
    );
  }

  configureStatus = () => this.#unexpected('configure status');
  confirm = () => this.#unexpected('confirm');
  undo = () => this.#unexpected('undo');
  showStatus = () => this.#unexpected('show status');
  showRoutes = () => this.#unexpected('show route');
  countRoutes = () => this.#unexpected('show route count');
  connect = () => this.#unexpected('connect');
  onConnection = () => () => {};
  close(): void {}

  async #command<T>(command: string, answer: () => T): Promise<T> {
    if (this.#busy) throw new Error(`fake BIRD: ${command} while another command runs`);
    this.#busy = true;
    this.commands.push(command);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      this.during(command);
    } finally {
      this.#busy = false;
    }
    if (this.failure !== undefined) throw new BirdError(this.failure, `fake BIRD: ${this.failure}`);
    return answer();
  }

  #unexpected(command: string): Promise<never> {
    return Promise.reject(new Error(`fake BIRD: nobody was to send ${command}`));
  }
}

/** A file and its includes, one level deep, as one text, or what is wrong with it. */
function readAll(file: string): { text: string } | { error: BirdFileError } {
  const fault = (path: string, message: string, line?: number) => ({ error: { file: path, line, column: 1, message } });
  if (!existsSync(file)) return fault(file, 'No such file or directory');
  let all = '';
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const included = /^include "(.*)";$/.exec(line)?.[1];
    if (line.includes('BROKEN')) return fault(file, 'syntax error', index + 1);
    if (included === undefined) {
      all += `${line}\n`;
      continue;
    }
    const path = join(dirname(file), included);
    if (!existsSync(path)) return fault(path, 'No such file or directory');
    const lines = readFileSync(path, 'utf8').split('\n');
    const broken = lines.findIndex((text) => text.includes('BROKEN'));
    if (broken >= 0) return fault(path, 'syntax error', broken + 1);
    all += `${lines.join('\n')}\n`;
  }
  return { text: all };
}
