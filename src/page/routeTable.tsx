import { Component, createRef } from "preact";
import type { FeedRoute } from "../admin/feedRoute.ts";
import { type Address, hrefOf, type SortKey } from "./address.ts";
import { backendsOf } from "./headline.ts";
import type { TableLine } from "./tableLines.ts";
import { ago, partsOf, percent, rateText, weightText } from "./text.ts";

/** Heights of one row, as in the style sheet. */
const ROW_PX = 36;
const NARROW_ROW_PX = 60;
const NARROW = "(max-width: 46rem)";
const MEDIUM = "(max-width: 64rem)";
/** The columns that narrower screens show. */
const NARROW_COLUMNS = 3;
const MEDIUM_COLUMNS = 5;
/** Rows that are rendered above and below the visible ones. */
const ROWS_BEYOND = 15;

interface RouteTableProps {
  readonly lines: readonly TableLine[];
  readonly address: Address;
  readonly nowMs: number;
  readonly caption: string;
}

const COLUMNS: readonly { readonly key: SortKey; readonly title: string; readonly style: string }[] = [
  { key: "name", title: "route", style: "name" },
  { key: "kind", title: "kind", style: "widest" },
  { key: "success", title: "success", style: "number" },
  { key: "requests", title: "req/s", style: "number" },
  { key: "rule", title: "rule", style: "widest" },
  { key: "shift", title: "last shift", style: "wide" },
];
/** The weights have no order of their own. */
const WEIGHTS_AFTER: SortKey = "kind";

/** Routes as a dense table. Only the rows in sight are in the document, so that thousands scroll as well as ten. */
export class RouteTable extends Component<RouteTableProps, { readonly from: number; readonly to: number }> {
  override state = { from: 0, to: 60 };
  readonly #body = createRef<HTMLTableSectionElement>();
  readonly #narrow = window.matchMedia(NARROW);
  readonly #medium = window.matchMedia(MEDIUM);
  readonly #measure = (): void => {
    const top = this.#body.current?.getBoundingClientRect().top ?? 0;
    const height = this.#rowPx();
    const from = Math.max(0, Math.floor(-top / height) - ROWS_BEYOND);
    const to = Math.ceil((window.innerHeight - top) / height) + ROWS_BEYOND;
    if (from !== this.state.from || to !== this.state.to) this.setState({ from, to });
  };

  override componentDidMount(): void {
    window.addEventListener("scroll", this.#measure, { passive: true });
    window.addEventListener("resize", this.#measure);
    this.#measure();
  }

  override componentDidUpdate(): void {
    this.#measure();
  }

  override componentWillUnmount(): void {
    window.removeEventListener("scroll", this.#measure);
    window.removeEventListener("resize", this.#measure);
  }

  override render() {
    const { lines, address, caption } = this.props;
    const from = Math.min(this.state.from, lines.length);
    const to = Math.min(Math.max(from, this.state.to), lines.length);
    const height = this.#rowPx();
    return (
      <table aria-rowcount={lines.length + 1} class="routes">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <>
                <Heading key={column.key} column={column} address={address} />
                {column.key === WEIGHTS_AFTER && (
                  <th scope="col" class="wide">
                    weights
                  </th>
                )}
              </>
            ))}
          </tr>
        </thead>
        <tbody ref={this.#body}>
          {from > 0 && <Space px={from * height} />}
          {lines.slice(from, to).map((line, i) => this.#row(line, from + i))}
          {to < lines.length && <Space px={(lines.length - to) * height} />}
        </tbody>
      </table>
    );
  }

  #rowPx(): number {
    return this.#narrow.matches ? NARROW_ROW_PX : ROW_PX;
  }

  #columns(): number {
    if (this.#narrow.matches) return NARROW_COLUMNS;
    return this.#medium.matches ? MEDIUM_COLUMNS : COLUMNS.length + 1;
  }

  #row(line: TableLine, index: number) {
    const { address, nowMs } = this.props;
    if (line.kind === "route") return <Row key={line.route.key} route={line.route} index={index} address={address} nowMs={nowMs} />;
    return (
      <tr key={`namespace ${line.namespace}`} class="namespace" aria-rowindex={index + 2}>
        <th colSpan={this.#columns()} scope="rowgroup">
          {line.namespace} <small>{line.count === 1 ? "1 route" : `${line.count} routes`}</small>
        </th>
      </tr>
    );
  }
}

function Space({ px }: { readonly px: number }) {
  return (
    <tr aria-hidden="true" class="space">
      <td style={{ height: `${px}px` }} />
    </tr>
  );
}

function Heading({ column, address }: { readonly column: (typeof COLUMNS)[number]; readonly address: Address }) {
  const isSorted = address.sort === column.key;
  const order = !isSorted ? "none" : address.descending ? "descending" : "ascending";
  const next = hrefOf({ ...address, sort: column.key, descending: isSorted && !address.descending });
  return (
    <th scope="col" aria-sort={order} class={column.style}>
      <a href={next}>
        {column.title}
        <span aria-hidden="true">{!isSorted ? "" : address.descending ? " ▼" : " ▲"}</span>
      </a>
    </th>
  );
}

interface RowProps {
  readonly route: FeedRoute;
  readonly index: number;
  readonly address: Address;
  readonly nowMs: number;
}

function Row({ route, index, address, nowMs }: RowProps) {
  const { kind, namespace, name } = partsOf(route.key);
  const weights = weightsText(route);
  return (
    <tr aria-rowindex={index + 2}>
      <td class="name">
        <a href={hrefOf({ ...address, route: route.key })}>
          {namespace}/{name}
        </a>
        {route.frozen && <span class="tag">frozen</span>}
        {route.pinned !== null && <span class="tag">pinned</span>}
        <small class="narrow">{weights}</small>
      </td>
      <td class="widest">{kind}</td>
      <td class="wide weights-cell">
        <span title={weights}>{weights}</span>
      </td>
      <td class="number">{successText(route)}</td>
      <td class="number">{route.perSecond === null ? "–" : rateText(route.perSecond)}</td>
      <td class="widest">{route.rule ?? "none"}</td>
      <td class="wide">{route.lastShift === null ? "–" : ago(Date.parse(route.lastShift), nowMs)}</td>
    </tr>
  );
}

/** No requests and not known are different things. */
function successText({ seen, success }: FeedRoute) {
  if (success !== null) return percent(success);
  const text = seen === "unknown" ? "not known" : seen === "off" ? "not measured" : "no requests";
  return <span class="quiet">{text}</span>;
}

function weightsText(route: FeedRoute): string {
  const more = route.splits.length > 1 ? ` · ${route.splits.length} rules` : "";
  return backendsOf(route)
    .map(({ backend, weight }) => `${backend} ${weightText(weight)}`)
    .join(" · ")
    .concat(more);
}
