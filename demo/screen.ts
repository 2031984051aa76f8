import { STAGES, type Stage } from "./story.ts";

/** The data of the screen at one moment. */
export interface Picture {
  /** As `HTTPRoute shop/web`. */
  readonly route: string;
  readonly elapsedMs: number;
  readonly stage: Stage;
  readonly backends: readonly BackendRow[];
  readonly errors: { readonly withController: ErrorRow; readonly without: ErrorRow };
  /** The controller's newest decision in one line; null before the first. */
  readonly decision: string | null;
  readonly reasons: readonly { readonly backend: string; readonly text: string }[];
  readonly rules: readonly string[];
  /** Success rates below this are shown as bad. */
  readonly failBelow: number;
}

export interface BackendRow {
  readonly backend: string;
  readonly phase: string;
  readonly weight: number;
  /** As the controller reads it; null without a value. */
  readonly successRate: number | null;
  readonly requestsASecond: number;
  readonly errorsASecond: number;
}

export interface ErrorRow {
  /** Errors in each of the last seconds, oldest first. */
  readonly aSecond: readonly number[];
  readonly total: number;
}

export const WIDTH = 80;
export const HEIGHT = 24;
/** Seconds of errors that fit on the screen. */
export const ERROR_SECONDS = 56;

const NAME_WIDTH = 10;
const TEXT_WIDTH = WIDTH - NAME_WIDTH - 2;
const BAR_WIDTH = 24;
const REASON_LINES_A_BACKEND = 3;
const DECISION_LINES = 2;
const BARS = "▁▂▃▄▅▆▇█";

const STAGE_TITLES: Readonly<Record<Stage, string>> = {
  steady: "steady",
  failing: "primary fails half",
  shifted: "traffic moved",
  healed: "primary healed",
  returned: "all back",
};

type Paint = (style: keyof typeof STYLES, text: string) => string;

const STYLES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33", cyan: "36" } as const;

/** The picture as at most 24 lines of at most 80 columns, with ANSI colours or without. */
export function screen(picture: Picture, colours: boolean): readonly string[] {
  const paint: Paint = colours ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_style, text) => text;
  return [
    titleLine(picture, paint),
    "",
    stageLine(picture.stage, paint),
    "",
    paint("dim", ` ${"backend".padEnd(NAME_WIDTH)}phase      weight${" ".repeat(BAR_WIDTH + 2)}success   req/s   err/s`),
    ...picture.backends.map((row) => backendLine(row, picture.failBelow, paint)),
    "",
    paint("dim", ` ${`errors per second that users see, last ${ERROR_SECONDS} s`.padEnd(NAME_WIDTH + ERROR_SECONDS)} in total`),
    ...errorLines(picture, paint),
    "",
    ...decisionLines(picture, paint),
    "",
    ...reasonLines(picture, paint),
    "",
    ...picture.rules.map((line, at) => paint("dim", ` ${(at === 0 ? "rules" : "").padEnd(NAME_WIDTH)}${line}`)),
  ].slice(0, HEIGHT);
}

/** A time in minutes and seconds, as `1:07.3`. */
export function clock(ms: number): string {
  const tenths = Math.floor(ms / 100);
  return `${Math.floor(tenths / 600)}:${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}.${tenths % 10}`;
}

/** The picture in one line, for logs. */
export function statusLine({ backends, errors }: Picture): string {
  const rows = backends.map(({ backend, weight, phase, successRate }) => `${backend} ${weight} ${phase} ${percent(successRate)}`);
  const last = ({ aSecond }: ErrorRow): number => aSecond.at(-1) ?? 0;
  return `${rows.join(" · ")} · errors/s ${last(errors.withController)}, without the controller ${last(errors.without)}`;
}

function titleLine({ route, elapsedMs }: Picture, paint: Paint): string {
  const title = "linkerd-failover";
  const rest = ` · ${route}`;
  return ` ${paint("bold", title)}${rest}${clock(elapsedMs).padStart(WIDTH - 2 - title.length - rest.length)}`;
}

function stageLine(stage: Stage, paint: Paint): string {
  const now = STAGES.indexOf(stage);
  const parts = STAGES.map((name, at) => {
    if (at === now) return paint("bold", `● ${STAGE_TITLES[name]}`);
    return at < now ? `√ ${STAGE_TITLES[name]}` : paint("dim", `○ ${STAGE_TITLES[name]}`);
  });
  return ` ${parts.join("  ")}`;
}

function backendLine(row: BackendRow, failBelow: number, paint: Paint): string {
  const filled = Math.round((Math.min(100, Math.max(0, row.weight)) / 100) * BAR_WIDTH);
  const bar = paint("cyan", "█".repeat(filled)) + paint("dim", "·".repeat(BAR_WIDTH - filled));
  const success = percent(row.successRate).padStart(8);
  const errors = row.errorsASecond.toFixed(0).padStart(8);
  return [
    ` ${row.backend.padEnd(NAME_WIDTH)}${paint(phaseStyle(row.phase), row.phase.padEnd(10))} `,
    `${String(row.weight).padStart(4)} ${bar}  `,
    row.successRate !== null && row.successRate < failBelow ? paint("red", success) : success,
    row.requestsASecond.toFixed(0).padStart(8),
    row.errorsASecond > 0 ? paint("red", errors) : errors,
  ].join("");
}

function phaseStyle(phase: string): keyof typeof STYLES {
  switch (phase) {
    case "serving":
      return "green";
    case "suspect":
      return "yellow";
    case "out":
      return "red";
    case "returning":
      return "cyan";
    default:
      return "dim";
  }
}

/** The error rows, with the same scale so that they can be compared. */
function errorLines({ errors }: Picture, paint: Paint): string[] {
  const { withController, without } = errors;
  const top = Math.max(1, ...withController.aSecond, ...without.aSecond);
  const line = (name: string, { aSecond, total }: ErrorRow): string => {
    const bars = aSecond
      .slice(-ERROR_SECONDS)
      .map((count) => (count === 0 ? " " : (BARS[Math.min(7, Math.floor((count / top) * 7.99))] ?? " ")));
    return ` ${name.padEnd(NAME_WIDTH)}${paint("red", bars.join("").padStart(ERROR_SECONDS))}${String(total).padStart(9)}`;
  };
  return [line("with", withController), line("without", without)];
}

function decisionLines({ decision }: Picture, paint: Paint): string[] {
  const lines = wrap(decision ?? "none yet", TEXT_WIDTH);
  return fixed(lines, DECISION_LINES).map((line, at) => ` ${paint("dim", (at === 0 ? "decision" : "").padEnd(NAME_WIDTH))}${line}`);
}

/** The reasons; every backend has a fixed number of lines. */
function reasonLines({ backends, reasons }: Picture, paint: Paint): string[] {
  return backends.flatMap(({ backend }) => {
    const lines = reasons.filter((reason) => reason.backend === backend).flatMap(({ text }) => wrap(text, TEXT_WIDTH));
    return fixed(lines, REASON_LINES_A_BACKEND).map((line, at) => ` ${paint("dim", (at === 0 ? backend : "").padEnd(NAME_WIDTH))}${line}`);
  });
}

function fixed(lines: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, at) => lines[at] ?? "");
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}

/** Wraps a text between words; a word that is longer than a line is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.slice(0, width));
  }
  return lines;
}
