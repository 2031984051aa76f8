const SPECIAL = /["\\\n]/;

/** A label that follows another one in Prometheus's text format: `,name="value"`. */
export function labelText(name: string, value: string): string {
  const text = SPECIAL.test(value) ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : value;
  return `,${name}="${text}"`;
}
