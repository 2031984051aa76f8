export type Labels = Readonly<Record<string, string>>;

/** The lines of a metric family in Prometheus's text format; empty without samples. */
export function family(name: string, type: "counter" | "gauge" | "histogram", help: string, samples: readonly string[]): readonly string[] {
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

export function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([label, content]) => `${label}="${escape(content)}"`);
  return `${name}{${text.join(",")}} ${value}`;
}

/** The labels of a status in Linkerd's legacy metrics. */
export function classLabels(status: number): Labels {
  return { status_code: String(status), classification: status >= 500 ? "failure" : "success", grpc_status: "", error: "" };
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
