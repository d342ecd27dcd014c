/** Says a tokenizer.json's pre-tokenizers in the words that @huggingface/tokenizers reads as the reference does. */
import { wordPattern } from "./bytes.ts";

type Stage = Record<string, unknown>;

// The reference's is_punctuation: ASCII's, and Unicode's category P.
const punctuation = "[\\p{P}\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E]";

/**
 * Rewrites the stages whose JavaScript form cuts elsewhere than the reference: `\s` and `\w` of JavaScript are not Unicode's,
 * punctuation is not isolated, and merged or contiguous splits are taken for isolated ones. Written as splits by a pattern,
 * they are cut as the reference cuts them.
 */
export function readableStage(stage: unknown): unknown {
  if (typeof stage !== "object" || stage === null) return stage;
  const given = stage as Stage;
  switch (given["type"]) {
    case "Sequence": {
      const stages = given["pretokenizers"];
      return Array.isArray(stages) ? { ...given, pretokenizers: stages.map(readableStage) } : given;
    }
    case "ByteLevel": {
      // A prefix space must come before the split, which only the stage itself can do.
      if (given["use_regex"] === false || given["add_prefix_space"] === true) return given;
      return sequence(split(wordPattern.source, "Isolated"), { ...given, use_regex: false });
    }
    case "Whitespace":
      return { ...split("\\w+|[^\\w\\s]+", "Removed"), invert: true };
    case "WhitespaceSplit":
      return split("\\s+", "Removed");
    case "BertPreTokenizer":
      return sequence(split("\\s+", "Removed"), split(punctuation, "Isolated"));
    case "Punctuation":
      return readableSplit(
        split(punctuation, typeof given["behavior"] === "string" ? given["behavior"] : "Isolated"),
      );
    case "Split":
      return readableSplit(given);
    default:
      return given;
  }
}

function split(pattern: string, behavior: string): Stage {
  return { type: "Split", pattern: { Regex: pattern }, behavior, invert: false };
}

function sequence(...pretokenizers: Stage[]): Stage {
  return { type: "Sequence", pretokenizers };
}

function readableSplit(stage: Stage): Stage {
  const { Regex: regex, String: text } = (stage["pattern"] ?? {}) as { Regex?: unknown; String?: unknown };
  const pattern =
    typeof regex === "string"
      ? regex
      : typeof text === "string"
        ? text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
        : undefined;
  if (pattern === undefined) return stage;
  const isInverted = stage["invert"] === true;
  const rest = `(?:(?!${pattern})[\\s\\S])`;
  switch (stage["behavior"]) {
    case "Removed":
      // The library's own pattern for a text would keep what it splits at.
      return { ...stage, pattern: { Regex: pattern } };
    case "Isolated":
      // Isolating what does not match is isolating what does, unless matches touch, which then stay together.
      return isInverted ? split(`(?:${pattern})+`, "Isolated") : stage;
    case "Contiguous":
      return split(`(?:${pattern})+`, "Isolated");
    case "MergedWithPrevious":
      return isInverted ? stage : split(`${rest}*(?:${pattern})`, "Isolated");
    case "MergedWithNext":
      return isInverted ? stage : split(`(?:${pattern})${rest}*`, "Isolated");
    default:
      return stage;
  }
}
