import { Refused } from "./answerBody.ts";

/** What comes before the series. A server's own words never match: in JSON their quotes are escaped. */
const BEFORE = /(?<!\\)"result"\s*:\s*\[\s*(?=\{)/;
/** `BEFORE` is this long at most, but for spaces. */
const BEFORE_CHARS = 100;
/** What is no series is kept, and is short: a message, a scalar, a page. */
const REST_LIMIT_MIB = 1;

const [QUOTE, COMMA, BACKSLASH, CLOSING, OPEN, CLOSE] = [...'",\\]{}'].map((char) => char.charCodeAt(0));

/**
 * Takes the text of an answer piece by piece and hands on each series of its result as soon as it is whole, so that neither the
 * text nor all of its series are ever in memory. `end` returns the rest: the same JSON with an empty result, or the text as it is
 * if it has no series.
 */
export class SeriesSplitter {
  readonly #take: (series: unknown) => void;
  #where: "before" | "among" | "behind" = "before";
  /** Joined at the end: to search in all of it at each piece would take longer and longer. */
  readonly #rest: string[] = [];
  #restLength = 0;
  /** The end of the rest, in which what comes before the series may have begun. */
  #tail = "";
  /** The part of a series whose end has not come yet. */
  #begun = "";
  #depth = 0;
  #isText = false;
  #isEscaped = false;

  constructor(take: (series: unknown) => void) {
    this.#take = take;
  }

  /** Throws a SyntaxError if a series is not JSON, and a Refused if too much is no series. */
  add(piece: string): void {
    if (this.#where === "among") return this.#among(piece);
    if (this.#where === "behind") return this.#keep(piece);
    const seen = this.#tail + piece;
    const found = BEFORE.exec(seen);
    if (found === null) {
      this.#keep(piece);
      this.#tail = seen.slice(-BEFORE_CHARS);
      return;
    }
    const at = found.index + found[0].length - this.#tail.length;
    this.#keep(piece.slice(0, at));
    this.#where = "among";
    this.#among(piece.slice(at));
  }

  end(): string {
    return this.#rest.join("");
  }

  #keep(text: string): void {
    this.#restLength += text.length;
    if (this.#restLength > REST_LIMIT_MIB * 1024 * 1024) throw new Refused(`more than ${REST_LIMIT_MIB} MiB of the answer is no series`);
    this.#rest.push(text);
  }

  #among(piece: string): void {
    // All series that end in this piece are parsed at once, which is many times faster than one by one.
    let first = this.#depth > 0 ? 0 : -1;
    let last = first;
    let end = 0;
    for (let i = 0; i < piece.length; i++) {
      const char = piece.charCodeAt(i);
      if (this.#isText) this.#inText(char);
      else if (char === QUOTE) i = this.#skipText(piece, i);
      else if (char === OPEN) {
        if (this.#depth === 0) last = i;
        if (first < 0) first = i;
        this.#depth += 1;
      } else if (char === CLOSE) {
        this.#depth -= 1;
        if (this.#depth === 0) end = i + 1;
      } else if (this.#depth === 0 && char === CLOSING) {
        this.#where = "behind";
        this.#keep(piece.slice(i));
        break;
      } else if (this.#depth === 0 && char !== COMMA && char > 0x20) throw new SyntaxError("a series is no object");
    }
    if (end > 0) {
      for (const series of JSON.parse(`[${this.#begun}${piece.slice(first, end)}]`)) this.#take(series);
      this.#begun = "";
    }
    if (this.#depth > 0) this.#begun += piece.slice(last);
  }

  /** Most texts end in the same piece and have nothing escaped: then the position of the closing quote. */
  #skipText(piece: string, at: number): number {
    const end = piece.indexOf('"', at + 1);
    if (end > 0 && piece.charCodeAt(end - 1) !== BACKSLASH) return end;
    this.#isText = true;
    return at;
  }

  #inText(char: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (char === BACKSLASH) this.#isEscaped = true;
    else if (char === QUOTE) this.#isText = false;
  }
}
