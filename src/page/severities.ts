import type { Severity as OfTheFeed } from "../admin/severity.ts";

export type Severity = OfTheFeed;

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ["failing", "shifted", "returning", "attention", "healthy"];

/** Each severity in words, and a sign, so that its colour never stands alone. */
export const SEVERITY_TEXTS: Readonly<Record<Severity, { readonly title: string; readonly label: string; readonly sign: string }>> = {
  failing: { title: "Users are failing", label: "users are failing", sign: "✖" },
  shifted: { title: "Shifted", label: "shifted", sign: "⇄" },
  returning: { title: "Returning", label: "returning", sign: "↩" },
  attention: { title: "Needs your attention", label: "need attention", sign: "!" },
  healthy: { title: "Healthy", label: "healthy", sign: "✓" },
};
