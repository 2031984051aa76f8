/** Work over many samples that pauses now and then, so that the caller may do other work in between. It ends with a result. */
export type Slices<T> = Generator<void, T>;

/** Items between two pauses: to read so many takes a few milliseconds. */
export const ITEMS_OF_SLICE = 1_000;

/** Does all the work at once. */
export function whole<T>(slices: Slices<T>): T {
  for (;;) {
    const next = slices.next();
    if (next.done === true) return next.value;
  }
}
