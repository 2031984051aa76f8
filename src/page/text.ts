/** Keeps a number and its unit on one line. */
const SPACE = "\u00a0";

export type Zone = "local" | "utc";

/** `93.4 %`, rounded down: a rate below 100 % never shows as 100 %. */
export function percent(share: number): string {
  const text = (Math.floor(share * 1_000 + 1e-9) / 10).toFixed(1);
  return `${text.endsWith(".0") ? text.slice(0, -2) : text}${SPACE}%`;
}

/** A weight with at most three decimals. */
export function weightText(weight: number): string {
  return String(Number(weight.toFixed(3)));
}

/** A whole number with spaces between thousands. */
export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, SPACE);
}

/** Requests per second, short. */
export function rateText(perSecond: number): string {
  if (perSecond >= 100) return countText(perSecond);
  return perSecond >= 10 ? perSecond.toFixed(1).replace(/\.0$/, "") : String(Number(perSecond.toFixed(2)));
}

/** The time of day, with the date if it is another day than `nowMs`. */
export function clock(ms: number, zone: Zone, nowMs: number): string {
  const time = part(ms, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = (at: number) => part(at, zone, { day: "numeric", month: "short" });
  return day(ms) === day(nowMs) ? time : `${day(ms)}, ${time}`;
}

/** The time of day without seconds, for an axis. */
export function shortClock(ms: number, zone: Zone): string {
  return part(ms, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function part(ms: number, zone: Zone, options: Intl.DateTimeFormatOptions): string {
  return new Date(ms).toLocaleString("en-GB", { ...options, ...(zone === "utc" ? { timeZone: "UTC" } : {}) });
}

/** `2 min ago` */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `1 min 11 s`, rounded up: a wait that has not ended never reads 0. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < 60) return united(seconds, "s");
  const [large, small, rest] = seconds < 3_600 ? ["min", "s", seconds % 60] : ["h", "min", Math.floor((seconds % 3_600) / 60)];
  const first = united(Math.floor(seconds / (large === "h" ? 3_600 : 60)), large);
  return rest === 0 ? first : `${first} ${united(rest, small)}`;
}

function united(count: number, unit: string): string {
  return `${count}${SPACE}${unit}`;
}

/** A route's key in its parts. */
export function partsOf(key: string): { readonly kind: string; readonly namespace: string; readonly name: string } {
  const [kind = "", namespace = "", ...rest] = key.split("/");
  return { kind, namespace, name: rest.join("/") };
}
