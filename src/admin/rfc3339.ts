/** A time in RFC 3339, in UTC. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
