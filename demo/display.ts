import { clock, HEIGHT, type Picture, screen, statusLine } from "./screen.ts";

/** Shows the demo. */
export interface Display {
  /** Shows an event. */
  tell(line: string): void;
  show(picture: Picture): void;
  close(): void;
}

const STATUS_INTERVAL_MS = 5_000;

/** A display with plain lines, for logs and pipes: events, and a status line every five seconds. */
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

/** A display that redraws the picture on the terminal's alternate screen, so that the old content comes back at the end. */
export function liveDisplay(terminal: NodeJS.WriteStream): Display {
  const colours = process.env["NO_COLOR"] === undefined && terminal.hasColors();
  let entered = false;
  return {
    tell: () => undefined,
    show: (picture) => {
      const lines = screen(picture, colours).slice(0, Math.min(HEIGHT, terminal.rows));
      // One write per picture, without clearing the screen first, avoids flicker.
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
