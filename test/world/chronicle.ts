/** What happened in a story, with the time since it began. */
export class Chronicle {
  readonly #elapsedMs: () => number;
  readonly #lines: string[] = [];

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  tell(text: string): void {
    this.#lines.push(`${clock(this.#elapsedMs())} ${text}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** `2:05.250`. */
function clock(ms: number): string {
  const seconds = (ms / 1_000) % 60;
  return `${Math.floor(ms / 60_000)}:${seconds.toFixed(3).padStart(6, "0")}`;
}
