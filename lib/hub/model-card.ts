/** The card of an adapter: README.md with the head that the hub reads. */

/** What a card says. */
export interface ModelCardOptions {
  /** The repository of the adapter. */
  repoId: string;
  /** The model that the adapter belongs to, as an id of the hub. */
  baseModel?: string | undefined;
  /** A licence by its short name, such as apache-2.0. */
  license?: string | undefined;
  language?: string | undefined;
  tags?: readonly string[] | undefined;
  /** What the adapter does, its data and its limits, in Markdown. */
  description?: string | undefined;
  /** Settings and results, such as { loss: 0.71 }. */
  figures?: Readonly<Record<string, string | number>> | undefined;
}

// A string of JSON is one of YAML, too, so a value can never become structure.
const quoted = (value: string): string => JSON.stringify(value);

/**
 * Writes a card for a LoRA adapter that PEFT and this library load.
 *
 * @example
 * adapterModelCard({ repoId: "owner/adapter", baseModel: "owner/base", license: "apache-2.0" }).startsWith("---\n"); // → true
 */
export function adapterModelCard(options: ModelCardOptions): string {
  const { repoId, baseModel, license, language, tags = [], description, figures = {} } = options;
  const head = [
    "library_name: peft",
    "pipeline_tag: text-generation",
    ...(baseModel === undefined ? [] : [`base_model: ${quoted(baseModel)}`]),
    ...(license === undefined ? [] : [`license: ${quoted(license)}`]),
    ...(language === undefined ? [] : [`language: ${quoted(language)}`]),
    `tags: [${["lora", "residency", ...tags].map(quoted).join(", ")}]`,
  ];
  const rows = Object.entries(figures).map(([name, value]) => `| ${cell(name)} | ${cell(String(value))} |`);
  return [
    "---",
    ...head,
    "---",
    "",
    `# ${repoId}`,
    "",
    description ??
      "A LoRA adapter. Its author has not yet said what it does, what it was trained on, and where it fails.",
    "",
    ...(rows.length === 0 ? [] : ["| | |", "| --- | --- |", ...rows, ""]),
    "```ts",
    'import { AutoModelForCausalLM, PeftModel, snapshotDownload } from "residency";',
    "",
    `const base = await AutoModelForCausalLM.fromPretrained(${quoted(baseModel ?? "owner/base-model")});`,
    `const adapter = await snapshotDownload(${quoted(repoId)});`,
    "const model = await PeftModel.fromPretrained(base, adapter);",
    "```",
    "",
  ].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
