/** How far apart two tellings of one moment may be, in milliseconds. */
const APART_MS = 2;

const moments: number[] = [];

/**
 * A text of BIRD's with each time of day in it that was told before, a millisecond more or less, as it was told first. BIRD
 * works `since` out anew from two clocks each time that it is asked (`tm_format_real_time` in `lib/timer.c`): the same
 * moment may read 03:12:22.162 and then 03:12:22.161, and that is no reset.
 */
export function sameMoments(text: string): string {
  return text.replace(/\b(\d\d):(\d\d):(\d\d)\.(\d{3})\b/g, (_, hours, minutes, seconds, fraction) => {
    const at = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(fraction);
    const known = moments.find((moment) => Math.abs(moment - at) <= APART_MS);
    if (known === undefined) moments.push(at);
    return new Date(known ?? at).toISOString().slice(11, 23);
  });
}
