/** What happened in a story, with the time since it began. */
export class Chronicle {
  readonly #elapsedMs: () => number;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];

  /** `onLine` gets each line as it is told. */
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

/** `2:05.250`, from the first hour on `1:02:05.250`. */
function clock(ms: number): string {
  const seconds = ((ms / 1_000) % 60).toFixed(3).padStart(6, "0");
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}
