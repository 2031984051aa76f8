/** What is written on: a terminal, or anything else. */
export interface Paper {
  readonly colours: boolean;
  readonly columns: number;
}

const MOST_COLUMNS = 80;
/** Narrower than this nothing can be read; a terminal that does not know its width says 0. */
const LEAST_COLUMNS = 40;

/** Colours only on a terminal, and never where the user does not want any. */
export function paperOf(stream: NodeJS.WriteStream): Paper {
  const columns = Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, stream.columns || MOST_COLUMNS));
  // https://no-color.org: set and not empty.
  return { columns, colours: stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" };
}

export type Colour = "good" | "odd" | "bad";

const COLOURS: Readonly<Record<Colour, string>> = { good: "\u001b[32m", odd: "\u001b[33m", bad: "\u001b[31m" };
const PLAIN = "\u001b[0m";

/** A text in a colour, where there are any. */
export function coloured(text: string, colour: Colour | null, { colours }: Paper): string {
  return colours && colour !== null ? `${COLOURS[colour]}${text}${PLAIN}` : text;
}
