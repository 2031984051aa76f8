/** The events of a story, with the time since its beginning. */
export class Chronicle {
  readonly #elapsedMs: () => number;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];

  /** `onLine` gets each line at once. */
  constructor(elapsedMs: () => number, onLine: (line: string) => void = () => undefined) {
    this.#elapsedMs = elapsedMs;
    this.#onLine = onLine;
  }

  tell(text: string): void {
    const line = `${clock(this.#elapsedMs())} ${text}`;
    this.#lines.push(line);
    this.#onLine(line);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** The time as `2:05.250`, or as `1:02:05.250` after the first hour. */
export function clock(ms: number): string {
  const seconds = ((ms / 1_000) % 60).toFixed(3).padStart(6, "0");
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}
