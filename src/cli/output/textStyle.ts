/** How text for an output stream is laid out. */
export interface TextStyle {
  readonly colours: boolean;
  /** Of prose. */
  readonly columns: number;
  /** Of a table: those of the terminal, and without limit where the output is no terminal; absent: as `columns`. */
  readonly tableColumns?: number;
}

const MAX_COLUMNS = 80;
/** A narrower table is not readable. A terminal of unknown width reports 0. */
const MIN_COLUMNS = 40;

/** The style for a stream: colours only on a terminal, and not with NO_COLOR. */
export function textStyleOf(stream: NodeJS.WriteStream): TextStyle {
  const isTerminal = stream.isTTY === true;
  const width = Math.max(MIN_COLUMNS, stream.columns || MAX_COLUMNS);
  // https://no-color.org: set and not empty.
  const colours = isTerminal && (process.env["NO_COLOR"] ?? "") === "";
  return { columns: Math.min(MAX_COLUMNS, width), tableColumns: isTerminal ? width : Number.POSITIVE_INFINITY, colours };
}

export type Colour = "good" | "warning" | "bad";

const COLOURS: Readonly<Record<Colour, string>> = { good: "\u001b[32m", warning: "\u001b[33m", bad: "\u001b[31m" };
const PLAIN = "\u001b[0m";

/** The text in this colour, if the style has colours. */
export function coloured(text: string, colour: Colour | null, { colours }: TextStyle): string {
  return colours && colour !== null ? `${COLOURS[colour]}${text}${PLAIN}` : text;
}
