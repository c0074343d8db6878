import type { PodRef } from '../model/attachment.ts';
import { type IpAlgoField, parseIpAlgo } from '../model/ip-algo.ts';
import type { Pod } from '../pods/pod-source.ts';

/**
 * The texts to embed in a pod's interface id.
 * @param annotation the annotation's fields; undefined when it is absent or invalid: then the node's default applies.
 * @param nodeDefault `defaults.ipAlgo`, a comma-separated list that the configuration's schema has checked.
 */
export function embeddedFields(
  annotation: readonly IpAlgoField[] | undefined,
  nodeDefault: string,
  ref: PodRef,
  pod: Pod | undefined,
): string[] {
  const fields = annotation ?? parseIpAlgo(nodeDefault) ?? [];
  const values: Record<IpAlgoField, string> = {
    namespace: ref.namespace,
    app: pod?.app ?? ref.name,
    image: pod?.image ?? '',
  };
  return fields.map((field) => values[field]);
}
