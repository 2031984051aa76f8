import { printableLine } from "./printable.ts";
import { type Colour, coloured, type TextStyle } from "./textStyle.ts";

/** A cell; a plain string has no colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour | null };

const GAP = "  ";
/** No column is cut to less than this. */
const MIN_COLUMN_WIDTH = 6;

/** A table with a header line. If it does not fit a terminal, the widest columns are cut, and cut cells end with `…`. */
export function renderTable(head: readonly string[], rows: readonly (readonly Cell[])[], style: TextStyle): string {
  const texts = rows.map((row) => row.map((cell) => printableLine(typeof cell === "string" ? cell : cell.text)));
  const wanted = head.map((title, i) => Math.max(...[title, ...texts.map((row) => row[i] ?? "")].map((text) => [...text].length)));
  const widths = fitted(wanted, (style.tableColumns ?? style.columns) - GAP.length * (head.length - 1));
  const line = (cells: readonly string[], colourOf: (i: number) => Colour | null): string =>
    cells
      .map((text, i) => {
        const cut = shortened(text, widths[i] ?? 0);
        const padding = i === cells.length - 1 ? "" : " ".repeat((widths[i] ?? 0) - [...cut].length);
        return coloured(cut, colourOf(i), style) + padding;
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

/** Column widths: the widest column shrinks, one character at a time, until the table fits. */
function fitted(wanted: readonly number[], columns: number): readonly number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width, 0) - columns;
  for (; over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= MIN_COLUMN_WIDTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function shortened(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
