import type { PodRef } from '../model/attachment.ts';
import type { Pod } from '../pods/types.ts';

/** A field of a pod that `ip-algo` can write into its address. */
export type IpAlgoField = 'namespace' | 'app' | 'image';

/**
 * The texts to embed in a pod's interface id.
 * @param annotation the annotation's fields; undefined when it is absent or invalid: then the node's default counts.
 * @param nodeDefault `defaults.ipAlgo`, a comma list that the configuration's schema has checked.
 */
export function embeddedFields(
  annotation: readonly IpAlgoField[] | undefined,
  nodeDefault: string,
  ref: PodRef,
  pod: Pod | undefined,
): string[] {
  const fields = annotation ?? nodeDefault.split(',').map((field) => field.trim());
  const values: Record<string, string> = {
    namespace: ref.namespace,
    app: pod?.app ?? ref.name,
    image: pod?.image ?? '',
  };
  return fields.flatMap((field) => values[field] ?? []);
}
