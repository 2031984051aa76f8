/** The end of the rest of a route that does not rest: it is evaluated at every regular tick. */
export const RESTLESS = 0;

/** The end of a rest that only a change ends. */
export const UNTIL_CHANGED = Number.POSITIVE_INFINITY;
