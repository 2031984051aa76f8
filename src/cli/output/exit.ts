import { printable } from "./printable.ts";

/** Exit codes of every command. */
export const EXIT = { fine: 0, no: 1, usage: 2, unreachable: 3 } as const;

/** Prints one line to stderr, and the hint below it. */
export function printError(message: string, hint?: string): void {
  process.stderr.write(printable(`linkerd-failover: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`));
}
