import type { Claims } from '../../allocation/claims.ts';
import type { PodRef } from '../../model/attachment.ts';
import { podId } from '../../model/attachment.ts';
import { parseAnnotations } from '../../pods/annotations.ts';
import type { PodSnapshot } from '../../pods/pod-source.ts';
import { ALIAS_MAX, type AliasFacts } from '../../wiring/alias.ts';

/**
 * The pod that an interface's alias names. Where the alias is as long as the kernel lets it be, the name may be cut
 * off: then it is the only pod whose name begins with it.
 * @param alias as the kernel has it.
 */
export function rebuiltPod(
  facts: AliasFacts,
  alias: string,
  { pods }: Pick<PodSnapshot, 'pods'>,
): { readonly pod: PodRef; readonly annotations: Claims | undefined } {
  const { namespace, podName: name } = facts;
  let known = pods.get(podId({ namespace, name }));
  if (known === undefined && Buffer.byteLength(alias) === ALIAS_MAX) {
    const alike = [...pods.values()].filter((pod) => pod.namespace === namespace && pod.name.startsWith(name));
    if (alike.length === 1) known = alike[0];
  }
  const pod = { namespace, name: known?.name ?? name };
  return { pod, annotations: known && claimsOf(known.annotations) };
}

/** Undefined for annotations that cannot be read: they have been edited since ADD, and say nothing about it. */
function claimsOf(annotations: ReadonlyMap<string, string>): Claims | undefined {
  try {
    return parseAnnotations(annotations).value;
  } catch {
    return undefined;
  }
}
