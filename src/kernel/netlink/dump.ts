import type { Refusal } from '../codec/control.ts';
import type { Message } from '../codec/reader.ts';
import { MessageWriter } from '../codec/writer.ts';
import { EMPTY_LIST, type KnownList, ListReader } from '../known-list.ts';
import { KernelError } from '../ports.ts';
import type { Conversation } from './conversation.ts';

/** Room for any request: a header, attributes of one name and one address. */
const QUESTION_BYTES = 128;
/**
 * How often a dump is tried that the kernel reports as inconsistent. Each try takes milliseconds, so this many in a row
 * mean that something is changing the kernel's tables without a pause.
 */
const DUMP_ATTEMPTS = 10;

/** One request as a datagram, with its sequence number. */
export function question(
  conversation: Conversation,
  encode: (writer: MessageWriter, sequence: number) => void,
): { datagram: Buffer; sequence: number } {
  const sequence = conversation.sequences(1);
  const writer = new MessageWriter(QUESTION_BYTES);
  encode(writer, sequence);
  return { datagram: writer.datagram(), sequence };
}

/** Takes the dumps of one socket one after the other, since a socket can run only one at a time (EBUSY otherwise). */
export class Dumps {
  readonly #conversation: Conversation;
  readonly #lists = new Map<string, KnownList<unknown>>();
  #previous: Promise<unknown> = Promise.resolve();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /**
   * Takes one dump, and repeats it while the kernel says that it was interrupted (NLM_F_DUMP_INTR): such a list lacks
   * objects that existed throughout.
   * @param decode returns undefined to leave a message out.
   * @param empty error numbers that mean "nothing there".
   * @throws KernelError when the kernel refuses, or every try is interrupted.
   */
  take<T>(
    what: string,
    encode: (writer: MessageWriter, sequence: number) => void,
    decode: (message: Message) => T | undefined,
    empty: readonly string[] = [],
  ): Promise<T[]> {
    const taken = this.#previous.then(() => this.#untilConsistent(what, encode, decode, empty));
    this.#previous = taken.catch(() => {}); // The caller sees the failure; the next dump must not.
    return taken;
  }

  /**
   * The same for a list that is taken again and again, and is mostly as it was: what is kept of the last one spares reading
   * what has not changed.
   * @param what names the question, too: each has a name of its own.
   * @param prepare takes out of a message what changes all the time and says nothing.
   */
  async takeAgain<T>(
    what: string,
    encode: (writer: MessageWriter, sequence: number) => void,
    decode: (message: Message) => T | undefined,
    empty: readonly string[] = [],
    prepare: (message: Message) => void = () => {},
  ): Promise<readonly T[]> {
    const known = (this.#lists.get(what) ?? EMPTY_LIST) as KnownList<T>;
    let reader = new ListReader(known, decode);
    await this.take(
      what,
      (writer, sequence) => {
        // Each try begins with a question.
        reader = new ListReader(known, decode);
        encode(writer, sequence);
      },
      (message) => {
        prepare(message);
        reader.read(message);
        return undefined;
      },
      empty,
    );
    const list = reader.end();
    if (list !== known) this.#lists.set(what, list);
    return list.values;
  }

  async #untilConsistent<T>(
    what: string,
    encode: (writer: MessageWriter, sequence: number) => void,
    decode: (message: Message) => T | undefined,
    empty: readonly string[],
  ): Promise<T[]> {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt += 1) {
      const found: T[] = [];
      const { datagram, sequence } = question(this.#conversation, encode);
      const { interrupted, refusal } = await this.#conversation.dump(datagram, sequence, (message) => {
        const value = decode(message);
        if (value !== undefined) found.push(value);
      });
      if (refusal !== undefined) {
        if (empty.includes(refusal.errno)) return [];
        throw refused(what, refusal);
      }
      if (!interrupted) return found;
    }
    throw new KernelError(`the list of ${what} changed while being read, ${DUMP_ATTEMPTS} times in a row`);
  }
}

/** The error for a request that the kernel refused. */
export function refused(what: string, refusal: Refusal): KernelError {
  const why = refusal.message === undefined ? refusal.errno : `${refusal.errno}, ${refusal.message}`;
  return new KernelError(`the kernel would not list ${what}: ${why}`);
}
