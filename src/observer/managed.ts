/** One label and the value that it must have. */
export interface Selector {
  readonly label: string;
  readonly value: string;
}

/** The label that the extension's documentation uses, and the one of its announcement. */
const DEFAULT_SELECTORS: readonly Selector[] = [
  { label: "failover.linkerd.io/controlled-by", value: "linkerd-failover" },
  { label: "app.kubernetes.io/managed-by", value: "linkerd-failover" },
];

/** Whether an object with these labels is managed. A selector replaces both default labels. */
export function isManaged(labels: Readonly<Record<string, string>> | undefined, selector: Selector | null): boolean {
  if (labels === undefined) return false;
  return (selector === null ? DEFAULT_SELECTORS : [selector]).some(({ label, value }) => labels[label] === value);
}
