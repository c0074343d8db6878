/** Bytes of `struct rtmsg` and `struct rtnexthop`, attributes and values of route messages (linux/rtnetlink.h). */
export const RTMSG_BYTES = 12;
export const RTNEXTHOP_BYTES = 8;
export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_PREFSRC = 7;
export const RTA_METRICS = 8;
export const RTA_MULTIPATH = 9;
export const RTA_TABLE = 15;
export const RTA_VIA = 18;
export const RTA_NH_ID = 30;
/** Attributes that only a route with a next hop has. */
export const NEXT_HOP_ATTRIBUTES: readonly number[] = [RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH, RTA_NH_ID];
export const RT_TABLE_MAIN = 254;
export const RTN_UNSPEC = 0;
export const RTN_UNICAST = 1;
export const RTN_LOCAL = 2;
/** Inside RTA_METRICS. */
export const RTAX_MTU = 2;
/** Answer with the matching route of the table, not with the resulting path. */
export const RTM_F_FIB_MATCH = 0x2000;
/** The route is a cache entry of another one. */
export const RTM_F_CLONED = 0x200;
/** For an IPv4 lookup: include the table of the route. Other families always do. */
export const RTM_F_LOOKUP_TABLE = 0x1000;
