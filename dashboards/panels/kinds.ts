import * as common from "@grafana/grafana-foundation-sdk/common";
import type { ValueMappingResult } from "@grafana/grafana-foundation-sdk/dashboard";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** Size of a tile in Grafana's grid, which is 24 wide. */
const TILE = { width: 3, height: 4 } as const;
const CHART_HEIGHT = 8;
/** Width of a bar. The query of a narrower bar would cover several bars, so one event would appear in all of them. */
const BAR_WIDTH = "1m";

/** From a row of a table to the same dashboard with that row's route only. */
const ONE_ROUTE = {
  title: "Only this route",
  url: "/d/linkerd-failover?$" + "{__url_time_range}&var-namespace=$" + "{__data.fields.namespace}&var-route=$" + "{__data.fields.route}",
} as const;
/** The data source that is selected in the dashboard. */
export const DATASOURCE: common.DataSourceRef = { type: "prometheus", uid: "$" + "{datasource}" };

/** The range of a graph's query: at least four scrapes, so that `rate` always finds two samples. */
export const RATE = "$__rate_interval";
/** The time range of the whole dashboard. */
export const RANGE = "$__range";

/** Text and colour of each number. */
export type Meanings = Readonly<Record<number, Required<Pick<ValueMappingResult, "text" | "color">>>>;
/** The lowest value of each colour; null for the first. */
export type Steps = readonly dashboard.Threshold[];

/** One number: the current value. */
export function tile(title: string, description: string, expr: string): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(TILE.width)
    .height(TILE.height)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Background)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .withTarget(now("A", expr));
}

/** Lines over time, each added with `withTarget(over(…))`. */
export function graph(title: string, description: string, width: number): timeseries.PanelBuilder {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(CHART_HEIGHT)
    .fillOpacity(5)
    .showPoints(common.VisibilityMode.Never)
    .legend(new common.VizLegendOptionsBuilder().displayMode(common.LegendDisplayMode.List).showLegend(true).calcs([]))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending));
}

/** Counts over time as stacked bars. */
export function bars(title: string, description: string, width: number): timeseries.PanelBuilder {
  return graph(title, description, width)
    .interval(BAR_WIDTH)
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(60)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal))
    .min(0);
}

/** States over time. */
export function timeline(title: string, description: string, width: number, meanings: Meanings): statetimeline.PanelBuilder {
  return new statetimeline.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(CHART_HEIGHT)
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .rowHeight(0.8)
    .mappings([mapping(meanings)]);
}

/** A table of current values. Each query gives a column of numbers; `labels` are the other columns, in this order. */
export function sheet(
  title: string,
  description: string,
  width: number,
  labels: readonly string[],
  columns: Readonly<Record<string, string>>,
): table.PanelBuilder {
  const refIds = Object.keys(columns).map((_name, i) => String.fromCharCode("A".charCodeAt(0) + i));
  const panel = new table.PanelBuilder().title(title).description(description).datasource(DATASOURCE).span(width).height(CHART_HEIGHT);
  for (const [i, expr] of Object.values(columns).entries())
    panel.withTarget(now(refIds[i] ?? "", expr).format(prometheus.PromQueryFormat.Table));
  // Grafana names the column "Value" for a single query and "Value #A" and so on for several.
  const valueOf = (refId: string) => (refIds.length === 1 ? "Value" : `Value #${refId}`);
  const renameByName = Object.fromEntries(Object.keys(columns).map((name, i) => [valueOf(refIds[i] ?? ""), name]));
  const indexByName = Object.fromEntries([...labels, ...Object.keys(renameByName)].map((name, i) => [name, i]));
  return panel
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: { excludeByName: { Time: true }, indexByName, renameByName } })
    .overrideByName("route", [{ id: "links", value: [ONE_ROUTE] }]);
}

/** A query over the selected time range, with the legend of its series; a panel's second query is called B. */
export function over(expr: string, legend: string, refId: "A" | "B" = "A"): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range();
}

/** Maps numbers to texts and colours. */
export function mapping(meanings: Meanings): dashboard.ValueMap {
  return { type: dashboard.MappingType.ValueToText, options: Object.fromEntries(Object.entries(meanings)) };
}

/** Colours by value, lowest first. */
export function colours(...steps: Steps): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([...steps]);
}

function now(refId: string, expr: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().refId(refId).expr(expr).instant();
}
