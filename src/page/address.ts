import { SEVERITIES, type Severity } from "./severities.ts";

export const SORT_KEYS = ["name", "kind", "success", "requests", "rule", "shift"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** The ranges of a route's chart, in minutes. */
export const RANGES_MIN = [15, 60, 180, 360] as const;
const DEFAULT_RANGE_MIN = 15;

/** What the page shows. All of it is in the URL, so that a link shows the same to others. */
export interface Address {
  /** `KIND/NAMESPACE/NAME`; null: the page of all routes. */
  readonly route: string | null;
  readonly text: string;
  readonly only: Severity | null;
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly grouped: boolean;
  readonly rangeMin: number;
  readonly zone: "local" | "utc";
}

const START: Address = {
  ...{ route: null, text: "", only: null, sort: "name", descending: false, grouped: false },
  ...{ rangeMin: DEFAULT_RANGE_MIN, zone: "local" },
};

const ROUTES = "/routes/";

/** Reads the part of a URL after `#`. What is unknown there counts as absent. */
export function readAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const read = new URLSearchParams(query);
  const sort = read.get("sort") ?? "";
  const key = sort.replace(/^-/, "");
  const range = Number(read.get("range"));
  return {
    route: path.startsWith(ROUTES) ? decoded(path.slice(ROUTES.length)) : null,
    text: read.get("q") ?? "",
    only: SEVERITIES.find((severity) => severity === read.get("only")) ?? null,
    sort: SORT_KEYS.find((one) => one === key) ?? START.sort,
    descending: sort.startsWith("-"),
    grouped: read.get("group") === "namespace",
    rangeMin: RANGES_MIN.find((minutes) => minutes === range) ?? START.rangeMin,
    zone: read.get("zone") === "utc" ? "utc" : "local",
  };
}

/** The link to what an address shows. Defaults are left out. */
export function hrefOf({ route, text, only, sort, descending, grouped, rangeMin, zone }: Address): string {
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  if (only !== null) query.set("only", only);
  if (sort !== START.sort || descending) query.set("sort", `${descending ? "-" : ""}${sort}`);
  if (grouped) query.set("group", "namespace");
  if (rangeMin !== START.rangeMin) query.set("range", String(rangeMin));
  if (zone !== START.zone) query.set("zone", zone);
  const path = route === null ? "/" : `${ROUTES}${encodeURIComponent(route).replaceAll("%2F", "/")}`;
  return query.size === 0 ? `#${path}` : `#${path}?${query}`;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
