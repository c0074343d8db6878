/** A field that `ip-algo` may name. */
export type IpAlgoField = 'namespace' | 'app' | 'image';

/** All of them, in the order in which messages list them. */
const IP_ALGO_FIELDS: readonly IpAlgoField[] = ['namespace', 'app', 'image'];

/** The rule for a value of `ip-algo`, as a clause for messages. */
export const IP_ALGO_RULE = `must be a comma-separated list of different fields from ${IP_ALGO_FIELDS.join(', ')}`;

/**
 * Reads a value of `ip-algo`: a comma-separated list of different fields, blanks around them ignored.
 * @returns the fields in the order written, none for a blank text; undefined when the text is not such a list.
 */
export function parseIpAlgo(text: string): readonly IpAlgoField[] | undefined {
  if (/^[ \t]*$/.test(text)) return [];
  const fields: IpAlgoField[] = [];
  for (const item of text.split(',', IP_ALGO_FIELDS.length + 1)) {
    const name = item.replace(/^[ \t]+|[ \t]+$/g, '');
    const field = IP_ALGO_FIELDS.find((known) => known === name);
    if (field === undefined || fields.includes(field)) return undefined;
    fields.push(field);
  }
  return fields;
}
