/** `93.4 %`, rounded down: a rate below 100 % never shows as 100 %. */
export function percent(share: number): string {
  const text = (Math.floor(share * 1_000) / 10).toFixed(1);
  return `${text.endsWith(".0") ? text.slice(0, -2) : text} %`;
}

/** A weight with at most three decimals. */
export function weightText(weight: number): string {
  return String(Number(weight.toFixed(3)));
}

/** The time of day of an RFC 3339 time, in the browser's time zone. */
export function clock(time: string): string {
  return new Date(time).toLocaleTimeString();
}

/** `2 min ago`, from two RFC 3339 times. */
export function ago(then: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(then)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The link to the page of a route. */
export function routeHref(key: string): string {
  return `#/routes/${encodeURIComponent(key).replaceAll("%2F", "/")}`;
}
