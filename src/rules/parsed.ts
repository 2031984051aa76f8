/** The result of parsing one value: the value, or the mistake and a hint. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string; readonly hint: string };
