import { AF_INET, AF_INET6, HEADER_BYTES, RTM_DELROUTE, RTM_NEWROUTE } from './codec/constants.ts';
import { NEXT_HOP_ATTRIBUTES, RT_TABLE_MAIN, RTMSG_BYTES, RTN_UNICAST } from './codec/route-constants.ts';
import type { FilterInstruction } from './libc.ts';

/** Classic BPF (linux/bpf_common.h, linux/filter.h). */
const LOAD_BYTE_ABSOLUTE = 0x30;
const LOAD_WORD_ABSOLUTE = 0x20;
const LOAD_IMMEDIATE = 0x00;
const LOAD_INDEX_IMMEDIATE = 0x01;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** SKF_AD_OFF + SKF_AD_NLATTR: the offset of the first attribute of type X from offset A on, 0 for none. */
const FIND_ATTRIBUTE = (-0x1000 + 12) >>> 0;
/** How much of a message passes: all of it. */
const WHOLE = 0xffff_ffff;

/** RTPROT_BIRD (linux/rtnetlink.h). */
const RTPROT_BIRD = 12;

/** Offsets in a message; the lower byte of the type is enough, since no rtnetlink type needs the other. */
const TYPE = 4;
const rtm = (offset: number): number => HEADER_BYTES + offset;
const FAMILY = rtm(0);
const LENGTH = rtm(1);
const TABLE = rtm(4);
const PROTOCOL = rtm(5);
const ROUTE_TYPE = rtm(7);
const ATTRIBUTES = rtm(RTMSG_BYTES);

/**
 * The program that keeps other programs' routes off the event socket: a full BGP table is a million messages, and its
 * churn thousands per second. Of route messages it passes those of the main table that have our protocol, lead to a
 * single address, are the default route, or lead directly to a link and are not BIRD's. All other messages pass. It
 * need not be exact: what passes is checked again.
 * @param protocol kernel route protocol number of our routes.
 */
export function eventFilter(protocol: number): FilterInstruction[] {
  const program: (FilterInstruction & { readonly to?: Target })[] = [];
  const add = (code: number, k: number, jt = 0, jf = 0, to?: Target): void => {
    program.push(to === undefined ? { code, jt, jf, k } : { code, jt, jf, k, to });
  };
  /** Skips the next instruction, which jumps, when A equals the value. */
  const unless = (value: number, to: Target): void => {
    add(JUMP_IF_EQUAL, value, 1, 0);
    add(JUMP, 0, 0, 0, to);
  };
  const when = (value: number, to: Target): void => {
    add(JUMP_IF_EQUAL, value, 0, 1);
    add(JUMP, 0, 0, 0, to);
  };
  add(LOAD_BYTE_ABSOLUTE, TYPE);
  add(JUMP_IF_EQUAL, RTM_NEWROUTE, 2, 0);
  add(JUMP_IF_EQUAL, RTM_DELROUTE, 1, 0);
  add(JUMP, 0, 0, 0, 'pass');
  add(LOAD_BYTE_ABSOLUTE, TABLE);
  unless(RT_TABLE_MAIN, 'drop');
  add(LOAD_BYTE_ABSOLUTE, PROTOCOL);
  when(protocol, 'pass');
  add(LOAD_BYTE_ABSOLUTE, LENGTH);
  when(0, 'pass');
  add(LOAD_BYTE_ABSOLUTE, FAMILY);
  // A single address has 32 bits in one family and 128 in the other.
  add(JUMP_IF_EQUAL, AF_INET, 0, 4);
  add(LOAD_BYTE_ABSOLUTE, LENGTH);
  when(32, 'pass');
  add(JUMP, 5);
  unless(AF_INET6, 'drop');
  add(LOAD_BYTE_ABSOLUTE, LENGTH);
  when(128, 'pass');
  add(LOAD_BYTE_ABSOLUTE, ROUTE_TYPE);
  unless(RTN_UNICAST, 'drop');
  add(LOAD_BYTE_ABSOLUTE, PROTOCOL);
  when(RTPROT_BIRD, 'drop');
  for (const attribute of NEXT_HOP_ATTRIBUTES) {
    add(LOAD_INDEX_IMMEDIATE, attribute);
    add(LOAD_IMMEDIATE, ATTRIBUTES);
    add(LOAD_WORD_ABSOLUTE, FIND_ATTRIBUTE);
    unless(0, 'drop');
  }
  const drop = program.length + 1;
  add(RETURN, WHOLE);
  add(RETURN, 0);
  return program.map(({ code, jt, jf, k, to }, at) => {
    if (to === undefined) return { code, jt, jf, k };
    return { code, jt, jf, k: (to === 'drop' ? drop : drop - 1) - at - 1 };
  });
}

type Target = 'pass' | 'drop';
