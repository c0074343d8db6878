import { FlockError } from '../errors.ts';
import type { PodRef } from '../model/attachment.ts';
import { quoteText } from '../model/printable.ts';
import { MOST_NAME_BYTES } from './environment.ts';

/**
 * Reads CNI_ARGS: `KEY=VALUE` pairs between semicolons (CNI specification 1.1.0, section 2). Unknown keys are ignored,
 * with or without `IgnoreUnknown`: every runtime sends some of its own.
 * @throws FlockError `environmentInvalid` for a pair without `=` or without a key, and for a key given twice.
 */
export function parseCniArgs(text: string): Map<string, string> {
  const args = new Map<string, string>();
  if (text === '') return args;
  for (const pair of text.split(';')) {
    const split = pair.indexOf('=');
    if (split < 1) throw invalid(`${quoteText(pair)} is no KEY=VALUE`);
    const key = pair.slice(0, split);
    if (args.has(key)) throw invalid(`${quoteText(key)} is given twice`);
    args.set(key, pair.slice(split + 1));
  }
  return args;
}

/**
 * The pod of an attachment: as a Kubernetes runtime says, else namespace `default` and the container's id as name.
 * @throws FlockError `environmentInvalid` for names that no runtime uses.
 */
export function podOfArgs(args: ReadonlyMap<string, string>, containerId: string): PodRef {
  return {
    namespace: nameOf(args, 'K8S_POD_NAMESPACE') ?? 'default',
    name: nameOf(args, 'K8S_POD_NAME') ?? containerId,
    uid: nameOf(args, 'K8S_POD_UID'),
  };
}

/**
 * A name, undefined when it is absent or empty. Wider than Kubernetes (DNS-1123), since podman gives its containers'
 * names, which may have capitals and underscores.
 */
function nameOf(args: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = args.get(key);
  if (value === undefined || value === '') return undefined;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(value)) {
    throw invalid(`${key} is ${quoteText(value)}: not a letter or digit followed by letters, digits, "_", "." and "-"`);
  }
  if (value.length > MOST_NAME_BYTES)
    throw invalid(`${key} is ${quoteText(value)}: longer than ${MOST_NAME_BYTES} characters`);
  return value;
}

function invalid(text: string): FlockError {
  return new FlockError('environmentInvalid', `CNI_ARGS: ${text}`);
}
