const MS = "([5-9]\\d\\d|[1-9]\\d{3,4}|[12]\\d{5}|300000)ms";
const BELOW_A_SECOND = "(\\d{1,3}ms)?";
const SECONDS = `([1-9]\\d?|[12]\\d\\d)s${BELOW_A_SECOND}|300s`;
const MINUTES = `[1-4]m([1-5]?\\ds)?${BELOW_A_SECOND}|5m(0s)?`;

/** The durations that `run --interval` accepts, 500ms to 5m, except notations such as `1m90s`. A JSON Schema cannot compare them. */
export const INTERVAL_PATTERN = `^(${MS}|${SECONDS}|${MINUTES})$`;
