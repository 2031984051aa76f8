import { FAMILIES } from "../../../linkerd/families.ts";
import type { Route } from "../../../routes/route.ts";
import type { Questions } from "../../../rules/questions.ts";

/** A metric family that the rules or routes need. */
export interface WantedFamily {
  readonly what: string;
  /** Any one of them will do. */
  readonly names: readonly string[];
  /** What it means that there is none. */
  readonly without: string;
  readonly hint: string;
}

const NOBODY_ASKED_YET = "they appear with the first request of a client that takes this way";

/** What else is needed beside the requests by leaf, without which nothing works. */
export function wantedFamilies(routes: readonly Route[], { latency, unanswered }: Questions): readonly WantedFamily[] {
  const unseen =
    "requests that reach no endpoint are counted nowhere else: a backend whose pods are dead behind ready endpoints is not noticed";
  const dropped = "whoever scrapes may drop them: keep them in its metric_relabel_configs";
  const isSplit = ({ kind }: Route): boolean => kind === "TrafficSplit";
  return [
    ...(routes.some(isSplit)
      ? [{ what: "requests are counted by TrafficSplit", names: FAMILIES.byApex, without: unseen, hint: NOBODY_ASKED_YET }]
      : []),
    ...(routes.some((route) => !isSplit(route))
      ? [
          {
            ...{ what: "requests are counted by HTTPRoute and GRPCRoute", names: FAMILIES.byRoute, without: unseen },
            hint: `proxies before Linkerd 2.16 have none of them; else ${NOBODY_ASKED_YET}`,
          },
        ]
      : []),
    ...(latency.length > 0
      ? [{ what: "response times are counted", names: FAMILIES.latency, without: "the signal latency says nothing", hint: dropped }]
      : []),
    ...(unanswered.length > 0
      ? [
          {
            what: "requests are counted as they begin",
            names: FAMILIES.begun,
            without: "the signal unanswered says nothing",
            hint: dropped,
          },
        ]
      : []),
  ];
}
