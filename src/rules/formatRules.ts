import { stringify } from "yaml";
import { formatDuration } from "./duration.ts";
import type { PrometheusName } from "./prometheusName.ts";
import type { Rule, RuleSet, Signals, SuccessRateSignal } from "./ruleSet.ts";
import type { RulesFile } from "./rulesSchema.ts";
import { formatShare } from "./share.ts";

type FileRule = RulesFile["rules"][number];
type FileSignals = NonNullable<FileRule["signals"]>;

/** The rules as YAML with every key; `parseRules` reads the same rules from it. */
export function formatRules(rules: RuleSet): string {
  // Rules share objects from the defaults. They are written out for each rule, because `parseRules` refuses aliases.
  // Queries stay on one line, so that they can be copied.
  return stringify(toRulesFile(rules), { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The rules as a file that relies on no default. */
export function toRulesFile({ rules, brakes }: RuleSet): RulesFile {
  const { maxShifted, signalLoss, minTimeBetweenWritesMs } = brakes;
  return {
    version: 1,
    rules: rules.map(toFileRule),
    brakes: {
      maxShifted: {
        share: formatShare(maxShifted.share),
        atLeast: maxShifted.atLeast,
        within: formatDuration(maxShifted.withinMs),
      },
      signalLoss: formatShare(signalLoss),
      minTimeBetweenWrites: formatDuration(minTimeBetweenWritesMs),
    },
  };
}

function toFileRule(rule: Rule): FileRule {
  const { namespaces, labels, kinds } = rule.match;
  return {
    name: rule.name,
    match: { ...(namespaces && { namespaces: [...namespaces] }), ...(labels && { labels }), ...(kinds && { kinds: [...kinds] }) },
    signals: toFileSignals(rule.signals),
    failAfter: formatDuration(rule.failAfterMs),
    recoverAfter: formatDuration(rule.recoverAfterMs),
    return: { steps: rule.return.steps.map((step) => formatShare(step)), every: formatDuration(rule.return.everyMs) },
    damping: {
      factor: rule.damping.factor,
      max: formatDuration(rule.damping.maxMs),
      forgetAfter: formatDuration(rule.damping.forgetAfterMs),
    },
    fallback: { order: rule.fallback.order, standbyShare: formatShare(rule.fallback.standbyShare) },
    ...(rule.spill && { spill: rule.spill }),
    whenNoneFit: rule.whenNoneFit,
    whenNoneReady: rule.whenNoneReady,
  };
}

function toFileSignals({ readiness, successRate, latency, unanswered, gateway, queries }: Signals): FileSignals {
  return {
    ...(readiness && {
      readiness:
        readiness.minReady === undefined
          ? { minReadyShare: formatShare(readiness.minReadyShare), ...toFileWait(readiness) }
          : { minReady: readiness.minReady, ...toFileWait(readiness) },
    }),
    ...(successRate && { successRate: toFileRatio(successRate) }),
    ...(latency && { latency: { under: formatDuration(latency.underMs), ...toFileRatio(latency) } }),
    ...(unanswered && {
      unanswered: {
        failAbove: formatShare(unanswered.failAbove),
        recoverBelow: formatShare(unanswered.recoverBelow),
        window: formatDuration(unanswered.windowMs),
        minRequests: unanswered.minRequests,
        ...toFileWait(unanswered),
        ...toFileEarly(unanswered),
        ...toFilePlace(unanswered),
      },
    }),
    ...(gateway && { gateway: toFileWait(gateway) }),
    ...(queries && { queries: queries.map(({ failAfterMs, ...query }) => ({ ...query, ...toFileWait({ failAfterMs }) })) }),
  };
}

/** The keys that successRate and latency have in common. */
function toFileRatio({ failBelow, recoverAbove, windowMs, minRequests, ...wait }: SuccessRateSignal) {
  const window = formatDuration(windowMs);
  const thresholds = { failBelow: formatShare(failBelow), recoverAbove: formatShare(recoverAbove), window, minRequests };
  return { ...thresholds, ...toFileWait(wait), ...toFileEarly(wait), ...toFilePlace(wait) };
}

function toFilePlace({ prometheus }: { readonly prometheus?: PrometheusName | undefined }) {
  return prometheus === undefined ? {} : { prometheus };
}

function toFileEarly({ earlyWhenSure }: { readonly earlyWhenSure?: boolean | undefined }) {
  return earlyWhenSure === undefined ? {} : { earlyWhenSure };
}

/** The `failAfter` of one signal, if it has its own. */
function toFileWait({ failAfterMs }: { readonly failAfterMs?: number | undefined }) {
  return failAfterMs === undefined ? {} : { failAfter: formatDuration(failAfterMs) };
}
