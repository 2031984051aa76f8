const RFC_3339 = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;

/** Milliseconds since 1970 of an RFC 3339 time with its offset; null if the text is not such a time. */
export function readTime(text: string): number | null {
  const parts = RFC_3339.exec(text);
  if (parts === null) return null;
  const [, day = "", clock = ""] = parts;
  // Date.parse turns February 30 into March 2, so the date must be the same when it is written again.
  const calendar = Date.parse(`${day}T${clock}Z`);
  if (Number.isNaN(calendar) || !writeTime(calendar).startsWith(`${day}T${clock}`)) return null;
  const ms = Date.parse(text.toUpperCase().replace(" ", "T"));
  return Number.isNaN(ms) ? null : ms;
}

/** RFC 3339 in UTC, with milliseconds. */
export function writeTime(ms: number): string {
  return new Date(ms).toISOString();
}
