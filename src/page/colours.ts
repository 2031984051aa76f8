/** As many colours as the style sheet has. Further backends share the last one; their names tell them apart. */
const COLOURS = 5;

/** The number of a backend's colour: 0 is the primary's. */
export function colourOf(names: readonly string[], backend: string): number {
  return Math.min(COLOURS - 1, Math.max(0, names.indexOf(backend)));
}

/** A route's backends in the order of their colours: the primary first, then by name. */
export function colourOrder(primary: string, backends: Iterable<string>): readonly string[] {
  return [...new Set(backends)].toSorted((a, b) => Number(b === primary) - Number(a === primary) || (a < b ? -1 : 1));
}
