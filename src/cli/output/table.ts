import { type Colour, coloured, type Paper } from "./paper.ts";
import { printableLine } from "./printable.ts";

/** One cell; a text is one without a colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour | null };

const GAP = "  ";
/** A column that is cut gets no narrower than this, as long as another one can be. */
const LEAST_COLUMNS = 6;

/** Rows below a head, in columns. What does not fit is cut where the column is widest, and ends with `…`. */
export function renderTable(head: readonly string[], rows: readonly (readonly Cell[])[], paper: Paper): string {
  const texts = rows.map((row) => row.map((cell) => printableLine(typeof cell === "string" ? cell : cell.text)));
  const wanted = head.map((title, i) => Math.max(...[title, ...texts.map((row) => row[i] ?? "")].map((text) => [...text].length)));
  const widths = fitted(wanted, paper.columns - GAP.length * (head.length - 1));
  const line = (cells: readonly string[], colourOf: (i: number) => Colour | null): string =>
    cells
      .map((text, i) => {
        const cut = shortened(text, widths[i] ?? 0);
        const padding = i === cells.length - 1 ? "" : " ".repeat((widths[i] ?? 0) - [...cut].length);
        return coloured(cut, colourOf(i), paper) + padding;
      })
      .join(GAP)
      .trimEnd();
  const lines = texts.map((cells, r) =>
    line(cells, (i) => {
      const cell = rows[r]?.[i];
      return cell === undefined || typeof cell === "string" ? null : cell.colour;
    }),
  );
  return `${[line(head, () => null), ...lines].join("\n")}\n`;
}

/** Takes from the widest column, one by one, until all fit. */
function fitted(wanted: readonly number[], columns: number): readonly number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width, 0) - columns;
  for (; over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST_COLUMNS) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function shortened(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
