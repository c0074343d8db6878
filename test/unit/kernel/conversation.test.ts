import { describe, expect, it } from 'vitest';
import { NLM_F_DUMP_INTR, NLMSG_OVERRUN } from '../../../src/kernel/codec/constants.ts';
import type { Message } from '../../../src/kernel/codec/reader.ts';
import { MessageWriter } from '../../../src/kernel/codec/writer.ts';
import { Conversation } from '../../../src/kernel/netlink/conversation.ts';
import { Dumps } from '../../../src/kernel/netlink/dump.ts';
import { KernelError } from '../../../src/kernel/ports.ts';
import { acknowledgement, done, message, ScriptedKernel } from './scripted-kernel.ts';

const TYPE = 77;
const LONG = 60_000;

function ask(writer: MessageWriter, sequence: number): void {
  writer.begin(TYPE, 0, sequence);
  writer.end();
}

/** So many requests as one datagram. */
function datagramOf(conversation: Conversation, count: number): [Buffer, number, number] {
  const first = conversation.sequences(count);
  const writer = new MessageWriter(256);
  for (let offset = 0; offset < count; offset += 1) ask(writer, first + offset);
  return [writer.datagram(), first, first + count - 1];
}

const object = (sequence: number, value: number, flags = 0): Buffer =>
  message(TYPE, flags, sequence, (writer) => writer.u32(value));
const numberOf = ({ buffer, start }: Message): number => buffer.readUInt32LE(start);
const firstSequence = (requests: readonly Message[]): number => requests[0]?.sequence ?? 0;

describe('changes', () => {
  it('are done when the last one is acknowledged, except those refused on the way', async () => {
    const kernel = new ScriptedKernel((requests) => {
      const first = firstSequence(requests);
      kernel.answer(acknowledgement(first + 1, 17));
      kernel.answer(acknowledgement(first + 3));
    });
    const conversation = new Conversation(kernel.open, LONG);
    const [datagram, first, last] = datagramOf(conversation, 4);
    const refusals = await conversation.changes(datagram, first, last);
    expect([...refusals]).toEqual([[first + 1, { errno: 'EEXIST', message: undefined }]]);
  });

  it('are done when the last one is refused', async () => {
    const kernel = new ScriptedKernel((requests) => kernel.answer(acknowledgement(firstSequence(requests), 19)));
    const conversation = new Conversation(kernel.open, LONG);
    const [datagram, first, last] = datagramOf(conversation, 1);
    expect((await conversation.changes(datagram, first, last)).get(first)?.errno).toBe('ENODEV');
  });

  it('of several callers are told apart, whatever the order of the answers', async () => {
    const seen: number[] = [];
    const kernel = new ScriptedKernel((requests) => {
      seen.push(firstSequence(requests));
      if (seen.length < 2) return;
      kernel.answer(acknowledgement(seen[1] ?? 0, 1), acknowledgement(seen[0] ?? 0));
    });
    const conversation = new Conversation(kernel.open, LONG);
    const [a, b] = [datagramOf(conversation, 1), datagramOf(conversation, 1)];
    const [first, second] = await Promise.all([conversation.changes(...a), conversation.changes(...b)]);
    expect([first.size, second.size]).toEqual([0, 1]);
  });
});

describe('a conversation', () => {
  it('fails after its deadline when the kernel hangs, and opens a fresh socket for the next question', async () => {
    let hang = true;
    const kernel = new ScriptedKernel((requests) => {
      if (!hang) kernel.answer(acknowledgement(firstSequence(requests)));
    });
    const conversation = new Conversation(kernel.open, 20);
    await expect(conversation.changes(...datagramOf(conversation, 1))).rejects.toThrow(
      /did not answer .* within 20 ms/,
    );
    expect(kernel.closed).toBe(1);
    hang = false;
    expect((await conversation.changes(...datagramOf(conversation, 1))).size).toBe(0);
    expect(kernel.opened).toBe(2);
  });

  it('fails everything that waits when the socket dies', async () => {
    const kernel = new ScriptedKernel((requests) => {
      if (kernel.datagrams.length === 2) kernel.fail('recvmsg failed: ENOMEM');
      expect(requests).toHaveLength(1);
    });
    const conversation = new Conversation(kernel.open, LONG);
    const waiting = [1, 2].map(() => conversation.changes(...datagramOf(conversation, 1)));
    for (const result of await Promise.allSettled(waiting)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(KernelError) });
      expect(String((result as PromiseRejectedResult).reason)).toContain('ENOMEM');
    }
    expect(kernel.closed).toBe(1);
  });

  it.each<[string, (sequence: number) => Buffer]>([
    ['a length beyond the datagram', () => Buffer.from([200, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])],
    ['a cut header', () => Buffer.alloc(7)],
    ['an error message without an error', (sequence) => message(2, 0, sequence, () => {})],
    ['a positive error number', (sequence) => acknowledgement(sequence, -5)],
    ['NLMSG_OVERRUN', (sequence) => message(NLMSG_OVERRUN, 0, sequence, () => {})],
  ])('fails with a KernelError on %s', async (_what, lie) => {
    const kernel = new ScriptedKernel((requests) => kernel.answer(lie(firstSequence(requests))));
    const conversation = new Conversation(kernel.open, LONG);
    await expect(conversation.changes(...datagramOf(conversation, 1))).rejects.toThrow(KernelError);
    expect(kernel.closed).toBe(1);
  });

  it('ignores answers to requests that were never sent', async () => {
    const kernel = new ScriptedKernel((requests) => {
      const sequence = firstSequence(requests);
      kernel.answer(acknowledgement(sequence + 1000), object(0, 5), acknowledgement(sequence));
    });
    const conversation = new Conversation(kernel.open, LONG);
    expect((await conversation.changes(...datagramOf(conversation, 1))).size).toBe(0);
  });

  it('fails what waits when it is closed, and every later question', async () => {
    const kernel = new ScriptedKernel();
    const conversation = new Conversation(kernel.open, LONG);
    const waiting = conversation.changes(...datagramOf(conversation, 1));
    conversation.close();
    await expect(waiting).rejects.toThrow('closed');
    await expect(conversation.changes(...datagramOf(conversation, 1))).rejects.toThrow('closed');
    expect([kernel.opened, kernel.closed]).toEqual([1, 1]);
  });

  it('starts its sequence numbers again before they overflow, never inside one datagram', () => {
    const conversation = new Conversation(new ScriptedKernel().open, LONG);
    let previous = conversation.sequences(1);
    for (let i = 0; i < 5; i += 1) {
      const first = conversation.sequences(0x3fff_ffff);
      expect(first + 0x3fff_ffff - 1).toBeLessThanOrEqual(0xffff_ffff);
      expect(first === previous + 1 || first === 1 || first > previous).toBe(true);
      previous = first;
    }
  });

  it('gives the object that was asked for, or the refusal', async () => {
    const kernel = new ScriptedKernel((requests) => {
      const first = firstSequence(requests);
      kernel.answer(object(first + 1, 42));
      kernel.answer(acknowledgement(first, 19));
    });
    const conversation = new Conversation(kernel.open, LONG);
    const answers = await conversation.getAll(...datagramOf(conversation, 2), numberOf);
    expect([...answers.values()].map((answer) => answer.value ?? answer.refusal?.errno)).toEqual([42, 'ENODEV']);
  });
});

describe('dumps', () => {
  const take = (kernel: ScriptedKernel, empty?: readonly string[]): Promise<number[]> =>
    new Dumps(new Conversation(kernel.open, LONG)).take('things', ask, numberOf, empty);

  it('are taken again when the kernel says that one was interrupted, in any of its messages', async () => {
    const attempts = [
      (s: number) => [object(s, 1, NLM_F_DUMP_INTR), done(s)],
      (s: number) => [object(s, 1), done(s, NLM_F_DUMP_INTR)],
      (s: number) => [object(s, 1), object(s, 2), done(s)],
    ];
    const kernel = new ScriptedKernel((requests) => {
      const sequence = firstSequence(requests);
      kernel.answer(...(attempts.shift()?.(sequence) ?? []));
    });
    await expect(take(kernel)).resolves.toEqual([1, 2]);
    expect(new Set(kernel.requests.map((request) => request.sequence)).size).toBe(3);
  });

  it('fail when every one of ten is interrupted', async () => {
    const kernel = new ScriptedKernel((requests) => kernel.answer(done(firstSequence(requests), NLM_F_DUMP_INTR)));
    await expect(take(kernel)).rejects.toThrow('the list of things changed while being read, 10 times in a row');
    expect(kernel.requests).toHaveLength(10);
  });

  it('fail with the kernel’s reason, whether it refuses at the start or breaks off', async () => {
    const refusing = new ScriptedKernel((requests) => refusing.answer(acknowledgement(firstSequence(requests), 1)));
    await expect(take(refusing)).rejects.toThrow('would not list things: EPERM');
    const breaking = new ScriptedKernel((requests) => {
      const sequence = firstSequence(requests);
      breaking.answer(object(sequence, 1), done(sequence, 0, 12));
    });
    await expect(take(breaking)).rejects.toThrow('would not list things: ENOMEM');
  });

  it('are empty where the refusal means that', async () => {
    const kernel = new ScriptedKernel((requests) => kernel.answer(acknowledgement(firstSequence(requests), 2)));
    await expect(take(kernel, ['ENOENT'])).resolves.toEqual([]);
  });

  it('run one at a time on a socket, and one that fails does not stop the next', async () => {
    let running = 0;
    const kernel = new ScriptedKernel((requests) => {
      running += 1;
      expect(running).toBe(1);
      const sequence = firstSequence(requests);
      setImmediate(() => {
        running -= 1;
        kernel.answer(sequence === 1 ? Buffer.alloc(3) : done(sequence));
      });
    });
    const dumps = new Dumps(new Conversation(kernel.open, LONG));
    const results = await Promise.allSettled([1, 2, 3].map(() => dumps.take('things', ask, numberOf)));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('fail as a whole when one object cannot be decoded', async () => {
    const kernel = new ScriptedKernel((requests) => {
      const sequence = firstSequence(requests);
      kernel.answer(object(sequence, 1), done(sequence));
    });
    const dumps = new Dumps(new Conversation(kernel.open, LONG));
    const decode = (): never => {
      throw new KernelError('nonsense');
    };
    await expect(dumps.take('things', ask, decode)).rejects.toThrow('nonsense');
  });
});
