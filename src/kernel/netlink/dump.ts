import { SerialQueue } from '../../async/serial-queue.ts';
import type { Refusal } from '../codec/control.ts';
import type { Message } from '../codec/reader.ts';
import { MessageWriter } from '../codec/writer.ts';
import { KernelError } from '../ports.ts';
import type { Conversation } from './conversation.ts';

/** Room for any question: a header, attributes of one name and one address. */
const QUESTION_BYTES = 128;
/**
 * How often a dump is taken that the kernel calls inconsistent. Each try takes milliseconds, so that many in a row mean
 * that something changes the kernel's tables without a pause.
 */
const DUMP_ATTEMPTS = 10;

/** One question as a datagram, with its sequence number. */
export function question(
  conversation: Conversation,
  encode: (writer: MessageWriter, sequence: number) => void,
): { datagram: Buffer; sequence: number } {
  const sequence = conversation.sequences(1);
  const writer = new MessageWriter(QUESTION_BYTES);
  encode(writer, sequence);
  return { datagram: writer.datagram(), sequence };
}

/** Takes the dumps of one socket, one after the other, since a socket has room for one (EBUSY otherwise). */
export class Dumps {
  readonly #conversation: Conversation;
  readonly #turns = new SerialQueue();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /**
   * Takes one dump, again while the kernel says that it was interrupted (NLM_F_DUMP_INTR): such a list lacks objects
   * that were there all the time.
   * @param decode undefined leaves a message out.
   * @param empty error numbers that mean "nothing there".
   * @throws KernelError when the kernel refuses, or interrupts every try.
   */
  take<T>(
    what: string,
    encode: (writer: MessageWriter, sequence: number) => void,
    decode: (message: Message) => T | undefined,
    empty: readonly string[] = [],
  ): Promise<T[]> {
    return this.#turns.run(() => this.#untilConsistent(what, encode, decode, empty));
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

/** The error for a question that the kernel would not answer. */
export function refused(what: string, refusal: Refusal): KernelError {
  const why = refusal.message === undefined ? refusal.errno : `${refusal.errno}, ${refusal.message}`;
  return new KernelError(`the kernel would not list ${what}: ${why}`);
}
