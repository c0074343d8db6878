import type { Route } from '../ports.ts';
import { RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, RT_SCOPE_SITE } from './constants.ts';

/**
 * Name of an rt_scope_t. The numbers between the named ones are for users (rtnetlink(7)); flockd need not tell them
 * apart.
 */
export function scopeName(scope: number): Route['scope'] {
  if (scope === RT_SCOPE_LINK) return 'link';
  if (scope === RT_SCOPE_HOST || scope === RT_SCOPE_NOWHERE) return 'host';
  return scope === RT_SCOPE_SITE ? 'site' : 'global';
}
