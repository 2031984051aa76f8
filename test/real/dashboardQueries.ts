import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../../dashboards/linkerd-failover.json");

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
}
interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[] };
}

/** A query of the dashboard, as Grafana sends it. */
export interface DashboardQuery {
  /** The panel's title, with the query's letter if the panel has several. */
  readonly name: string;
  readonly expr: string;
  readonly instant: boolean;
}

/** Every query of the dashboard's panels and annotations, with these values of the variables. */
export function dashboardQueries(values: Readonly<Record<string, string>>): readonly DashboardQuery[] {
  const { panels, annotations } = read();
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr, instant }) => ({
      name: targets.length === 1 ? title : `${title} ${refId}`,
      expr: filled(expr, values),
      instant: instant === true,
    })),
  );
  const ofAnnotations = annotations.list.map(({ name, expr }) => ({
    name: `annotation ${name}`,
    expr: filled(expr, values),
    instant: false,
  }));
  return [...ofPanels, ...ofAnnotations];
}

/** For each variable that lists the values of a label: the label and the series. */
export function dashboardVariables(
  values: Readonly<Record<string, string>>,
): ReadonlyMap<string, { readonly match: string; readonly label: string }> {
  const found = new Map<string, { match: string; label: string }>();
  for (const { name, type, query } of read().templating.list) {
    if (type !== "query") continue;
    const [, match, label] = /^label_values\((.+), (\w+)\)$/.exec(filled(query, values)) ?? [];
    if (match === undefined || label === undefined) throw new Error(`${name} is not filled by label_values: ${query}`);
    found.set(name, { match, label });
  }
  return found;
}

function read(): Dashboard {
  return JSON.parse(readFileSync(FILE, "utf8")) as Dashboard;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  const done = text.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
  if (done.includes("$")) throw new Error(`a variable without a value: ${done}`);
  return done;
}
