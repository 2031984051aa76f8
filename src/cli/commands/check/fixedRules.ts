import { type Route, routeKey } from "../../../routes/route.ts";
import { type Check, warning } from "./checkReport.ts";

/** Warns of managed routes some of whose rules are no split: nothing moves the requests of these, and no status says so. */
export function fixedRules(managed: readonly Route[]): readonly Check[] {
  // A rule that cannot be read is a problem of its own.
  const isReadable = ({ problems }: Route) => problems.every(({ problem }) => problem !== "unreadable");
  return managed
    .filter((route) => route.hasOtherRules && route.splits.length > 0 && isReadable(route))
    .map((route) =>
      warning(`every rule of ${routeKey(route)} can fail over`, {
        error: "one or more of its rules name fewer than two Services, and no failure moves their requests",
        hint: "add the standby to their backendRefs; if they are meant so, a redirect for example, all is well",
      }),
    );
}
