/** One interface of one container: the unit that CNI adds, checks and deletes. */
export interface AttachmentKey {
  readonly containerId: string;
  /** Name of the interface in the pod, for instance `eth0`. */
  readonly ifname: string;
}

/** An attachment as named in a request: with the requesting network, if known. */
export interface NetworkAttachment extends AttachmentKey {
  /** `name` of the network configuration. */
  readonly network?: string | undefined;
}

/** A text for maps and logs; `/` occurs in neither part. */
export function attachmentId(key: AttachmentKey): string {
  return `${key.containerId}/${key.ifname}`;
}

/** Whether two keys name one attachment. */
export function isSameAttachment(a: AttachmentKey, b: AttachmentKey): boolean {
  return a.containerId === b.containerId && a.ifname === b.ifname;
}

/**
 * What names a pod. The uid distinguishes a pod from an older one of the same name; undefined when the runtime gave
 * none.
 */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** `namespace/name`, the key of a pod in a pod source. */
export function podId(pod: { readonly namespace: string; readonly name: string }): string {
  return `${pod.namespace}/${pod.name}`;
}

/**
 * Whether two references mean one pod. Where one of them has no uid (the runtime gave none, or the allocation was rebuilt
 * from the kernel), the name alone decides.
 */
export function isSamePod(a: PodRef, b: PodRef): boolean {
  return podId(a) === podId(b) && (a.uid === undefined || b.uid === undefined || a.uid === b.uid);
}
