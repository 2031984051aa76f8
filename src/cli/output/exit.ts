import { printable } from "./printable.ts";

/** Exit codes of every command. */
export const EXIT = { fine: 0, no: 1, usage: 2, unreachable: 3 } as const;

/** One line on stderr, and a hint below it where there is one. */
export function complain(message: string, hint?: string): void {
  process.stderr.write(printable(`linkerd-failover: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`));
}
