import type { RouteCodec } from "./route.ts";
import { trafficSplitCodec } from "./trafficSplit.ts";

/** The kinds of route that we can read and write, one codec each. */
export const CODECS: readonly RouteCodec[] = [trafficSplitCodec];
