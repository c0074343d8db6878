import { familyOf } from '../../model/address.ts';
import { encodeDeleteAddress, encodeNewAddress } from '../codec/address.ts';
import { encodeChange, meansAbsent } from '../codec/change.ts';
import { MessageWriter } from '../codec/writer.ts';
import { type Change, type ChangeResult, KernelError, type LinkAddress } from '../ports.ts';
import type { Conversation } from './conversation.ts';
import { untilLocal } from './local-addresses.ts';

/**
 * Most messages in one datagram. A refusal takes up to 1,280 bytes of the receive buffer, so that even the kernel's
 * default of 212,992 holds one for each message. Measured: more per datagram makes 10,000 routes no faster, and the
 * process is blocked while a datagram is carried out.
 */
const DATAGRAM_MESSAGES = 128;
/** A datagram ends after the message that exceeds this size; the send buffer has at least 212,992 bytes by default. */
const DATAGRAM_BYTES = 32 * 1024;
const MESSAGES_PER_CHANGE = 2;

type AddressChange = Extract<Change, { kind: 'replaceAddress' | 'deleteAddress' }>;

/**
 * Carries out changes in order and returns the result of each. IPv6 addresses are usable when this returns.
 * @param addressesOf lists the addresses of a link.
 * @throws KernelError when the conversation fails; then it is unknown which of them were carried out.
 */
export async function applyChanges(
  conversation: Conversation,
  changes: readonly Change[],
  addressesOf: (linkIndex: number) => Promise<readonly LinkAddress[]>,
): Promise<ChangeResult[]> {
  const results = await sendAll(conversation, changes);
  if (results.some((result, index) => isPresentIPv6(changes[index], result))) {
    await putAllRight(conversation, changes, results, addressesOf);
  }
  const added: AddressChange[] = [];
  for (const [index, change] of changes.entries()) {
    if (!isIPv6Address(change) || results[index]?.ok !== true) continue;
    if (!changes.some((later, position) => position > index && takesAway(later, change))) added.push(change);
  }
  const isThere = async ({ linkIndex, address }: AddressChange): Promise<boolean> =>
    (await addressesOf(linkIndex)).some((entry) => entry.address === address);
  for (const change of await untilLocal(conversation, added, isThere)) {
    const message = `the kernel has taken ${change.address} but does not receive packets for it, or it was taken away again`;
    results[changes.indexOf(change)] = { ok: false, errno: 'EAGAIN', message };
  }
  return results;
}

function takesAway(later: Change, { linkIndex, address }: AddressChange): boolean {
  if (later.kind === 'deleteAddress') return later.linkIndex === linkIndex && later.address === address;
  return later.kind === 'deleteLink' && later.linkIndex === linkIndex;
}

/** Corrects the IPv6 addresses that already existed, and repeats what failed after one that had to be replaced. */
async function putAllRight(
  conversation: Conversation,
  changes: readonly Change[],
  results: ChangeResult[],
  addressesOf: (linkIndex: number) => Promise<readonly LinkAddress[]>,
): Promise<void> {
  let firstRemade = changes.length;
  for (const [index, change] of changes.entries()) {
    if (!isIPv6Address(change) || !isPresentIPv6(change, results[index])) continue;
    const { result, remade } = await putRight(conversation, change, await addressesOf(change.linkIndex));
    results[index] = result;
    if (remade) firstRemade = Math.min(firstRemade, index);
  }
  // It may have failed only because that address was not usable yet, such as a route that has it as source.
  const again = [...changes.entries()].filter(([index]) => index > firstRemade && results[index]?.ok === false);
  const repeated = await sendAll(
    conversation,
    again.map(([, change]) => change),
  );
  for (const [position, result] of repeated.entries()) {
    const [index, change] = again[position] ?? [];
    if (index !== undefined && !isPresentIPv6(change, result)) results[index] = result;
  }
}

function isIPv6Address(change: Change | undefined): change is AddressChange {
  return change?.kind === 'replaceAddress' && familyOf(change.address) === 6;
}

function isPresentIPv6(change: Change | undefined, result: ChangeResult | undefined): boolean {
  return isIPv6Address(change) && result?.ok === false && result.errno === 'EEXIST';
}

/**
 * Corrects an IPv6 address that already existed. Overwriting neither ends duplicate-address detection nor changes the
 * prefix length, so an address that is tentative or has another length is deleted and added again.
 */
async function putRight(
  conversation: Conversation,
  change: AddressChange,
  existing: readonly LinkAddress[],
): Promise<{ result: ChangeResult; remade: boolean }> {
  const old = existing.find((entry) => entry.address === change.address && entry.linkIndex === change.linkIndex);
  const remade = old !== undefined && (old.tentative || old.prefixLength !== change.prefixLength);
  const first = conversation.sequences(2);
  const writer = new MessageWriter(256);
  if (remade) encodeDeleteAddress(writer, { ...change, prefixLength: old.prefixLength }, first);
  encodeNewAddress(writer, change, 'overwrite', first + 1);
  writer.acknowledgeLast();
  const refusal = (await conversation.changes(writer.datagram(), first, first + 1)).get(first + 1);
  return { result: refusal === undefined ? { ok: true } : { ok: false, ...refusal }, remade };
}

/** Sends changes, many to a datagram, and waits for each datagram's answer before the next. */
async function sendAll(conversation: Conversation, changes: readonly Change[]): Promise<ChangeResult[]> {
  const results: ChangeResult[] = [];
  while (results.length < changes.length) {
    const from = results.length;
    const first = conversation.sequences(DATAGRAM_MESSAGES + MESSAGES_PER_CHANGE);
    const { datagram, owners } = fillDatagram(changes, results, first);
    if (owners.length === 0) continue;
    const refusals = await conversation.changes(datagram, first, first + owners.length - 1);
    for (const [sequence, refusal] of refusals) {
      const index = owners[sequence - first];
      const change = index === undefined ? undefined : changes[index];
      if (index === undefined || change === undefined || index < from) continue;
      // Of a change that took two messages, the first refusal is the more informative.
      if (results[index]?.ok === true && !meansAbsent(change, refusal.errno))
        results[index] = { ok: false, ...refusal };
    }
  }
  return results;
}

/**
 * Writes as many of the remaining changes as fit one datagram, and an `ok` for each into `results`; one that does not
 * fit a message is refused right away.
 * @returns the datagram, and the index of the change for each of its messages.
 */
function fillDatagram(
  changes: readonly Change[],
  results: ChangeResult[],
  first: number,
): { datagram: Buffer; owners: number[] } {
  const writer = new MessageWriter(Math.min(DATAGRAM_BYTES, 256 * (changes.length - results.length)) + 512);
  const owners: number[] = [];
  for (let index = results.length; index < changes.length; index += 1) {
    if (owners.length >= DATAGRAM_MESSAGES || writer.length >= DATAGRAM_BYTES) break;
    const change = changes[index];
    if (change === undefined) break;
    const before = writer.length;
    try {
      for (let count = encodeChange(writer, change, first + owners.length); count > 0; count -= 1) owners.push(index);
      results.push({ ok: true });
    } catch (error) {
      if (!(error instanceof KernelError) && !(error instanceof RangeError)) throw error;
      writer.rewind(before);
      results.push({ ok: false, errno: 'EINVAL', message: error.message });
    }
  }
  if (owners.length > 0) writer.acknowledgeLast();
  return { datagram: writer.datagram(), owners };
}
