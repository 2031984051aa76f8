/** `93.4 %`; a rate that only rounds to 100 % is not told as that. */
export function percent(share: number): string {
  const text = (Math.floor(share * 1_000) / 10).toFixed(1);
  return `${text.endsWith(".0") ? text.slice(0, -2) : text} %`;
}

/** A weight without the noise of floating point. */
export function weightText(weight: number): string {
  return String(Number(weight.toFixed(3)));
}

/** The time of day of an RFC 3339 time, as the visitor's clock has it. */
export function clock(time: string): string {
  return new Date(time).toLocaleTimeString();
}

/** `2 min ago`, of two RFC 3339 times. */
export function ago(then: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(then)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Where the page of a route is. */
export function routeHref(key: string): string {
  return `#/routes/${encodeURIComponent(key).replaceAll("%2F", "/")}`;
}
