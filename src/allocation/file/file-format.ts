import { z } from 'zod';
import { errorText } from '../../errors.ts';
import { attachmentId } from '../../model/attachment.ts';
import { quoteText } from '../../model/printable.ts';
import type { Allocation, AllocationState } from '../allocation.ts';
import { allocationFields, type StoredAllocation, storedAddress, toStored } from './file-fields.ts';

/** Version of the format that this program writes, and the only one that it reads. */
const FILE_VERSION = 1;

/** Why a file cannot be used. */
export type FileFault = 'corrupt' | 'newerVersion' | 'foreignNode';

/** The result of reading a text. `message` is a clause that says what is wrong and where. */
type DecodedFile =
  | { readonly ok: true; readonly state: AllocationState }
  | { readonly ok: false; readonly fault: FileFault; readonly message: string };

const envelope = z.object({ version: z.int().positive(), node: z.string().min(1) });

const file = z.object({
  router_id: storedAddress(4),
  last_ip4: storedAddress(4),
  // rtm_protocol is one byte (linux/rtnetlink.h).
  route_protocol: z.int().min(0).max(255).optional(),
  allocations: z.array(allocationFields),
});

/**
 * Reads the text of an allocations file. Keys that this version does not know are ignored; everything else is checked,
 * including that no address, attachment or host interface occurs twice.
 * @param node name of this node: another node's file is not used.
 */
export function decodeAllocations(text: string, node: string): DecodedFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return corrupt(`it is not JSON: ${errorText(error)}`);
  }
  const head = envelope.safeParse(json);
  if (!head.success) return corrupt(firstIssue(head.error));
  // The version is checked before anything else: a newer format may differ in everything but this key.
  if (head.data.version > FILE_VERSION) {
    const message = `its version is ${head.data.version}, and this flockd reads ${FILE_VERSION} and older`;
    return { ok: false, fault: 'newerVersion', message };
  }
  const body = file.safeParse(json);
  if (!body.success) return corrupt(firstIssue(body.error));
  if (head.data.node !== node) {
    const message = `it belongs to node ${quoteText(head.data.node)}, and this node is ${quoteText(node)}`;
    return { ok: false, fault: 'foreignNode', message };
  }
  const { allocations, router_id: routerId, last_ip4: lastIp4, route_protocol: routeProtocol } = body.data;
  const twice = firstDuplicate(allocations);
  if (twice !== undefined) return corrupt(`${twice} occurs twice`);
  return { ok: true, state: { node, routerId, routeProtocol, lastIp4, allocations } };
}

/** Something that two allocations share but must not. */
function firstDuplicate(allocations: readonly Allocation[]): string | undefined {
  const seen = new Set<string>();
  for (const allocation of allocations) {
    const { ip4, ip6, hostInterface } = allocation;
    for (const item of [`attachment ${attachmentId(allocation)}`, `interface ${hostInterface}`, ip4, ip6]) {
      if (item === undefined) continue;
      if (seen.has(item)) return item;
      seen.add(item);
    }
  }
  return undefined;
}

function corrupt(message: string): DecodedFile {
  return { ok: false, fault: 'corrupt', message };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'it is malformed' : `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}

/** Allocations are values that are replaced, never changed, so the text of each is generated and checked only once. */
const lines = new WeakMap<Allocation, string>();

function lineOf(allocation: Allocation): string {
  let line = lines.get(allocation);
  if (line === undefined) {
    const stored: StoredAllocation = toStored(allocation);
    const readable = allocationFields.safeParse(stored);
    if (!readable.success) {
      throw new RangeError(`allocation ${JSON.stringify(attachmentId(allocation))}: ${firstIssue(readable.error)}`);
    }
    line = JSON.stringify(stored);
    lines.set(allocation, line);
  }
  return line;
}

/**
 * Ensures that the state, once written, can be read again: a single unreadable allocation would make the whole file
 * unusable at the next start.
 * @throws RangeError that names the allocation and the value.
 */
export function assertEncodable(state: AllocationState): void {
  for (const allocation of state.allocations) lineOf(allocation);
  const twice = firstDuplicate(state.allocations);
  if (twice !== undefined) throw new RangeError(`${twice} would occur twice`);
}

/**
 * The text of an allocations file: one allocation per line, sorted by attachment, so that the same state always gives
 * the same text. Absent values are omitted (`ip4` of a pod without IPv4); the lists are always present.
 * @throws RangeError as `assertEncodable` does.
 */
export function encodeAllocations(state: AllocationState): string {
  const sorted = state.allocations
    .map((allocation) => ({ id: attachmentId(allocation), allocation }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ allocation }) => `    ${lineOf(allocation)}`);
  const head = {
    version: FILE_VERSION,
    node: state.node,
    ...(state.routerId === undefined ? {} : { router_id: state.routerId }),
    ...(state.routeProtocol === undefined ? {} : { route_protocol: state.routeProtocol }),
    ...(state.lastIp4 === undefined ? {} : { last_ip4: state.lastIp4 }),
  };
  const keys = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const list = sorted.length === 0 ? '[]' : `[\n${sorted.join(',\n')}\n  ]`;
  return `{\n${keys.join('')}  "allocations": ${list}\n}\n`;
}
