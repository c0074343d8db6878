import { type Address, parseAddress } from '../../../src/model/address.ts';
import { type CommunityText, parseCommunity } from '../../../src/model/community.ts';
import { type Prefix, parsePrefix } from '../../../src/model/prefix.ts';

/** The address of a text that a test has written. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`the test names ${text}, which is no address`);
  return parsed;
}

/** The community of a text that a test has written. */
export function community(text: string): CommunityText {
  const parsed = parseCommunity(text);
  if (parsed === undefined) throw new Error(`the test names ${text}, which is not a community`);
  return parsed;
}

/** The prefix of a text that a test has written. */
export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') throw new Error(`the test names ${text}, which is not a prefix: ${parsed}`);
  return parsed;
}
