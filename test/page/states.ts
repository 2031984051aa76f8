import type { Report } from "../../src/controller/report.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import { reportOf } from "../admin/reports.ts";
import { type StoryServer, serveStory } from "./storyServer.ts";

/** A state in which the page must tell at once who is hurt, why traffic is where it is, and what happens next. */
export interface PageState {
  readonly name: string;
  /** Begins a story and plays it until the state is reached. */
  readonly play: () => Promise<StoryServer>;
  /** What the page of all routes must say; each text is in one element. */
  readonly says: readonly string[];
  /** The route whose page is shown, too. */
  readonly route: string;
  /** What that page must say. */
  readonly routeSays: readonly string[];
}

/** Healthy neighbours, so that the states are seen as they come: among others. */
const NEIGHBOURS = [
  "split invoice: invoice 100, invoice-east 0",
  "split tax: tax 50, tax-west 50",
  "split checkout: checkout 90, checkout-east 10",
  "split search: search 100, search-east 0",
  "split ledger: ledger 100, ledger-dr 0",
];
const WEB = "split web: web 100, web-east 0";
const TRAFFIC = "traffic 40/s";
const FREEZE = "annotate web: failover.linkerd.io/freeze=true";
const ROUTE = "TrafficSplit/shop/web";

async function played(steps: readonly (readonly string[] | number)[], rules?: RuleSet): Promise<StoryServer> {
  const server = await serveStory([...NEIGHBOURS, WEB, TRAFFIC], rules);
  for (const step of steps) {
    if (typeof step === "number") await server.pass(step);
    else server.tell(...step);
  }
  return server;
}

function rulesOf(text: string): RuleSet {
  const parsed = parseRules(text, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

/** No more than one route may leave by metrics. */
const ONE_AT_A_TIME = `version: 1
rules: [{name: default}]
brakes: {maxShifted: {share: 0%, atLeast: 1, within: 10m}}
`;

async function standby(): Promise<StoryServer> {
  const server = await played([600, ["web: 60% good"], 90]);
  await server.restart();
  await server.pass(35);
  server.report({ leader: false, replica: "linkerd-failover-7c9f-k4d2p" } satisfies Partial<Report>);
  return server;
}

async function prometheusAway(): Promise<StoryServer> {
  const server = await played([600, ["web: 60% good"], 60, ["prometheus down"], 60]);
  server.report({ observer: { ...reportOf([]).observer, prometheusUp: false } });
  return server;
}

/** The ten states of the docs. */
export const STATES: readonly PageState[] = [
  {
    name: "healthy",
    play: () => played([600]),
    says: ["0 users are failing", "6 healthy", "shop/web"],
    route: ROUTE,
    routeSays: ["All of its load is where its owner wants it.", "freeze -n shop trafficsplit/web --for 1h"],
  },
  {
    name: "nothing-fit",
    play: () => played([600, ["web: 0 of 2 ready", "web-east: 0 of 2 ready"], 60]),
    says: ["1 users are failing", "web has no ready endpoint", "No backend is fit", "when a backend is fit"],
    route: ROUTE,
    routeSays: ["No backend is fit", "readiness: 0 ready"],
  },
  {
    name: "frozen",
    play: () => played([600, [FREEZE, "web: 8% good"], 120]),
    says: ["1 users are failing", "requests to web succeeded", "frozen", "web-east takes all"],
    route: ROUTE,
    routeSays: ["thaw -n shop trafficsplit/web", "unfit below 90 %"],
  },
  {
    name: "pinned",
    play: () =>
      played([
        600,
        ["annotate web: failover.linkerd.io/pin=web", "annotate web: failover.linkerd.io/pin-until=2026-03-02T04:00:00Z", "web: 8% good"],
        120,
      ]),
    says: ["1 users are failing", "pinned it to web", "The pin ends in"],
    route: ROUTE,
    routeSays: ["unpin -n shop trafficsplit/web"],
  },
  {
    name: "shifted",
    play: () => played([600, ["web: 60% good"], 55]),
    says: ["1 shifted", "Moved to web-east", "requests to web succeeded", "web gets traffic again in"],
    route: ROUTE,
    routeSays: ["Moved to web-east", "pin -n shop trafficsplit/web web --for 1h"],
  },
  {
    name: "returning",
    play: () => played([600, ["web: 60% good"], 60, ["web: well"], 115]),
    says: ["1 returning", "Step 2 of 3", "Next step in"],
    route: ROUTE,
    routeSays: ["Step 2 of 3", "What happened", "Moved to web-east"],
  },
  {
    name: "braked",
    play: () => played([600, ["search: 20% good"], 30, ["web: 20% good"], 40], rulesOf(ONE_AT_A_TIME)),
    says: ["1 users are failing", "maxShifted", "1 shifted"],
    route: ROUTE,
    routeSays: ["maxShifted"],
  },
  {
    name: "problem",
    play: () => played([600, ["annotate web: failover.linkerd.io/primary-service=wbe", "ledger-dr: 0 of 2 ready"], 30]),
    says: ["2 need attention", "unknown-primary", "a failover could not go there"],
    route: ROUTE,
    routeSays: ["unknown-primary"],
  },
  {
    name: "prometheus-away",
    play: prometheusAway,
    says: ["Prometheus does not answer", "1 shifted", "not known"],
    route: ROUTE,
    routeSays: ["not known"],
  },
  {
    name: "standby",
    play: standby,
    says: ["which stands by", "port-forward pod/linkerd-failover-7c9f-x2x9z", "Moved to web-east"],
    route: ROUTE,
    routeSays: ["Moved to web-east"],
  },
];
