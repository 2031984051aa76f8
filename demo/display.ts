import { clock, HEIGHT, type Picture, screen, statusLine } from "./screen.ts";

/** Where the demo is watched. */
export interface Display {
  /** Something happened. */
  tell(line: string): void;
  show(picture: Picture): void;
  close(): void;
}

const STATUS_INTERVAL_MS = 5_000;

/** Plain lines, for logs and pipes: what happened, and every five seconds how things stand. */
export function plainDisplay(out: NodeJS.WritableStream): Display {
  let nextMs = 0;
  return {
    tell: (line) => void out.write(`${line}\n`),
    show: (picture) => {
      if (picture.elapsedMs < nextMs) return;
      nextMs = picture.elapsedMs + STATUS_INTERVAL_MS;
      out.write(`${clock(picture.elapsedMs)}    ${statusLine(picture)}\n`);
    },
    close: () => undefined,
  };
}

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const WRAP_OFF = "\u001b[?7l";
const WRAP_ON = "\u001b[?7h";

/** A picture that is redrawn in place on the terminal's other screen, so that what was there before comes back. */
export function liveDisplay(terminal: NodeJS.WriteStream): Display {
  const colours = process.env["NO_COLOR"] === undefined && terminal.hasColors();
  let entered = false;
  return {
    tell: () => undefined,
    show: (picture) => {
      const lines = screen(picture, colours).slice(0, Math.min(HEIGHT, terminal.rows));
      // One write a picture and no clearing beforehand: nothing flickers.
      terminal.write(
        `${entered ? "" : ENTER}${WRAP_OFF}${HOME}${lines.map((line) => line + CLEAR_LINE).join("\n")}${CLEAR_BELOW}${WRAP_ON}`,
      );
      entered = true;
    },
    close: () => {
      if (entered) terminal.write(LEAVE);
      entered = false;
    },
  };
}
