import { randomInt } from 'node:crypto';
import { meansAbsent } from '../codec/change.ts';
import type { Refusal } from '../codec/control.ts';
import { encodeDeleteGroup, encodeDeleteLink, encodeSetGroup } from '../codec/link.ts';
import { MessageWriter } from '../codec/writer.ts';
import type { ChangeResult } from '../ports.ts';
import { Conversation } from './conversation.ts';
import type { OpenTransport } from './socket.ts';

/** 1,000 veth pairs with addresses and routes take the kernel about a second. */
const DEADLINE_MS = 30_000;
/** Most links in one removal: their messages fit the send buffer, and no request waits for long. */
const BATCH = 256;

interface Waiter {
  readonly linkIndex: number;
  readonly resolve: (result: ChangeResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Removes links of one namespace, many at a time. Removing a device waits for all CPUs to let go of it (RCU grace
 * periods in unregister_netdevice_many, net/core/dev.c), once per message, whether it names one link or a group.
 * Measured: 110 veth pairs take 3.9 s one by one and 0.1 s as a group. So links to be removed together are first put
 * into a group of their own.
 */
export class LinkRemoval {
  readonly #conversation: Conversation;
  /** A group that nothing else uses: link groups are small numbers that people choose, this is one in two billion. */
  readonly #group = randomInt(2 ** 30, 2 ** 31);
  #queue: Waiter[] = [];
  #running = false;

  /** @param open opens a socket whose sending does not block the event loop. */
  constructor(open: OpenTransport) {
    this.#conversation = new Conversation(open, DEADLINE_MS);
  }

  /** @throws KernelError when the conversation fails; then it is unknown whether the link is gone. */
  remove(linkIndex: number): Promise<ChangeResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ linkIndex, resolve, reject });
      if (!this.#running) void this.#drain();
    });
  }

  close(): void {
    this.#conversation.close();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // Requests of the same turn of the event loop share one removal.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH);
      try {
        const results = await this.#removeAll(batch.map(({ linkIndex }) => linkIndex));
        for (const [at, { resolve }] of batch.entries()) resolve(results[at] ?? { ok: true });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  async #removeAll(links: readonly number[]): Promise<ChangeResult[]> {
    if (links.length > 1 && (await this.#removeGroup(links))) return links.map(() => ({ ok: true }));
    // One of them cannot be removed, and the kernel does not say which.
    const results: ChangeResult[] = [];
    for (const link of links) {
      const sequence = this.#conversation.sequences(1);
      const writer = new MessageWriter(64);
      encodeDeleteLink(writer, link, sequence);
      results.push(resultOf(await this.#send(writer, sequence, sequence)));
    }
    return results;
  }

  async #removeGroup(links: readonly number[]): Promise<boolean> {
    const first = this.#conversation.sequences(links.length + 1);
    const writer = new MessageWriter(64 * (links.length + 1));
    for (const [at, link] of links.entries()) encodeSetGroup(writer, link, this.#group, first + at);
    encodeDeleteGroup(writer, this.#group, first + links.length);
    return resultOf(await this.#send(writer, first, first + links.length)).ok;
  }

  /** @returns the refusal of the last message; the others can be refused only for a link that is gone. */
  async #send(writer: MessageWriter, first: number, last: number): Promise<Refusal | undefined> {
    writer.acknowledgeLast();
    return (await this.#conversation.changes(writer.datagram(), first, last)).get(last);
  }
}

function resultOf(refusal: Refusal | undefined): ChangeResult {
  if (refusal === undefined || meansAbsent({ kind: 'deleteLink', linkIndex: 0 }, refusal.errno)) return { ok: true };
  return { ok: false, ...refusal };
}
