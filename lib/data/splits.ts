/** Which files of a folder or repository make a split, by Hugging Face's rules for names and for the card. */
import { ResidencyError } from "../errors.ts";

/** The formats of data files, by their endings. */
export const dataFileKinds = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "jsonl",
  ".csv": "csv",
  ".tsv": "tsv",
  ".parquet": "parquet",
} as const;

/** A format of data files. */
export type DataFileKind = (typeof dataFileKinds)[keyof typeof dataFileKinds];

/** The format of a file, by its name. */
export function kindOfFile(name: string): DataFileKind | undefined {
  const ending = /\.[a-z]+$/.exec(name.toLowerCase())?.[0] ?? "";
  return Object.hasOwn(dataFileKinds, ending)
    ? dataFileKinds[ending as keyof typeof dataFileKinds]
    : undefined;
}

const keywords: Record<string, readonly string[]> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"],
};

/** The split that a file's name speaks of, as in `data/train-00000-of-00002.parquet`. */
function splitOfName(name: string): string | undefined {
  const words = name
    .toLowerCase()
    .replace(/\.[a-z]+$/, "")
    .split(/[^a-z]+/);
  return Object.keys(keywords).find((split) => keywords[split]!.some((word) => words.includes(word)));
}

/**
 * The data files of a split, in the order of their names; a folder whose names speak of no split is all `train`.
 *
 * @throws ResidencyError E_DATASET naming the splits that exist.
 */
export function filesOfSplit(names: readonly string[], split: string): string[] {
  const files = names.filter((name) => kindOfFile(name) !== undefined && !/(^|\/)[._]/.test(name)).sort();
  const named = files.map((name) => ({ name, split: splitOfName(name) }));
  const isNamed = named.some((file) => file.split !== undefined);
  const isSplit = (file: (typeof named)[number]): boolean => {
    if (file.split === split || (!isNamed && split === "train")) return true;
    // A split may have a name of its own, as in data/rare-00000-of-00001.parquet.
    return new RegExp(`(^|/)${split.replace(/[^\\w]/g, "\\$&")}-\\d{5}-of-\\d{5}\\.`).test(file.name);
  };
  const chosen = named.filter(isSplit).map(({ name }) => name);
  if (chosen.length > 0) return chosen;
  const known = [...new Set(named.map((file) => file.split ?? "train"))].join(", ") || "none";
  throw new ResidencyError(
    "E_DATASET",
    `Cannot find the split "${split}": ${files.length} data files (jsonl, json, csv, tsv, parquet) are there, of: ${known}`,
  );
}

/** A configuration of a card: the patterns of each split. */
interface CardConfig {
  name: string;
  isDefault: boolean;
  patterns: ReadonlyMap<string, readonly string[]>;
}

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

function parseConfig(value: unknown): CardConfig {
  const config = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const patterns = new Map<string, string[]>();
  for (const entry of listOf(config["data_files"])) {
    const given: Record<string, unknown> =
      typeof entry === "object" && entry !== null ? { ...entry } : { path: entry };
    const { split = "train", path } = given;
    if (typeof split !== "string") continue;
    const paths = listOf(path).filter((item) => typeof item === "string");
    patterns.set(split, [...(patterns.get(split) ?? []), ...paths]);
  }
  const name = typeof config["config_name"] === "string" ? config["config_name"] : "default";
  return { name, isDefault: config["default"] === true, patterns };
}

/**
 * The patterns of a split's files that a card's `configs` gives; undefined when it has none.
 *
 * @throws ResidencyError E_DATASET when the configuration or the split is not in the card, or must be chosen.
 */
export function patternsOfCard(
  card: Readonly<Record<string, unknown>>,
  split: string,
  config: string | undefined,
): readonly string[] | undefined {
  const configs = listOf(card["configs"])
    .map(parseConfig)
    .filter(({ patterns }) => patterns.size > 0);
  if (configs.length === 0) return undefined;
  const chosen =
    config === undefined
      ? (configs.find(({ isDefault, name }) => isDefault || name === "default") ??
        (configs.length === 1 ? configs[0] : undefined))
      : configs.find(({ name }) => name === config);
  if (!chosen) {
    const names = configs.map(({ name }) => name).join(", ");
    throw new ResidencyError(
      "E_DATASET",
      `Cannot choose the configuration ${config ?? "(none given)"}: give one of ${names}`,
    );
  }
  const patterns = chosen.patterns.get(split);
  if (patterns) return patterns;
  const known = [...chosen.patterns.keys()].join(", ");
  throw new ResidencyError(
    "E_DATASET",
    `Cannot find the split "${split}" of "${chosen.name}": it has ${known}`,
  );
}
