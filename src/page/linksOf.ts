import type { FeedHeader } from "../admin/feedHeader.ts";
import type { FeedRoute } from "../admin/feedRoute.ts";
import { partsOf } from "./text.ts";

/** A page elsewhere that says more about a route. */
export interface LinkElsewhere {
  readonly text: string;
  readonly href: string;
}

/** The section of the runbook for what is the matter, and the dashboard at this route. */
export function linksOf(route: FeedRoute, { runbook, dashboard }: FeedHeader["links"]): readonly LinkElsewhere[] {
  const links: LinkElsewhere[] = [];
  if (runbook !== null) links.push({ text: "what to do, in the runbook", href: `${runbook.split("#", 1)[0]}${sectionOf(route)}` });
  if (dashboard !== null) {
    const { namespace, name } = partsOf(route.key);
    const url = new URL(dashboard);
    url.searchParams.set("var-namespace", namespace);
    url.searchParams.set("var-route", name);
    links.push({ text: "further back, on the dashboard", href: url.href });
  }
  return links;
}

/** The sections are named like the alerts. */
function sectionOf({ severity, why, problems }: FeedRoute): string {
  const brakes = why?.waits.map((wait) => wait.for) ?? [];
  if (brakes.includes("reapplied")) return "#linkerdfailoverconflicts";
  switch (severity) {
    case "failing":
      return brakes.includes("noneFit") ? "#linkerdfailovernothingfit" : "#linkerdfailoverdegraded";
    case "shifted":
    case "returning":
      return "#linkerdfailovertrafficshifted";
    case "attention":
      return problems.length > 0 ? "#linkerdfailoverrouteproblem" : "#linkerdfailovernothingfit";
    case "healthy":
      return "";
  }
}
