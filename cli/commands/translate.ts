/** `residency translate`: gives a translator the texts of the course that are missing or stale, and takes them back filled in. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { addTranslations, folderTexts, translationTask } from "../../grader/index.ts";

const help = `Usage: residency translate LANGUAGE [--all] [--kind KIND]… [--only WORD]… [--root DIR]
       residency translate LANGUAGE --add FILE [--root DIR]

Prints, as a list in JSON, the texts of notebooks/*.nb.ts that have no translation in notebooks/i18n/LANGUAGE.json ("missing") or
one of an older text ("stale"): { key, kind, state, hash, english, text }. Fill in "text" and give the file back with --add; a
reader who has checked a translation adds "checked": true.

  --all        those that are translated, too
  --kind KIND  only texts of the kind title, goal, fact, prompt, hint or text
  --only WORD  only notebooks whose name holds the word
  --add FILE   write the filled-in texts into the translation; exit with 1 when one was refused, since the English text has
               changed, or since numbers, code, links, tags or headings are not the same
  --root DIR   the folder that holds notebooks/ (default: the current one)

Afterwards "residency release" writes notebooks/LANGUAGE and exercises/LANGUAGE.
`;

const kinds = ["title", "goal", "fact", "prompt", "hint", "text"];

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      all: { type: "boolean" },
      kind: { type: "string", multiple: true },
      only: { type: "string", multiple: true },
      add: { type: "string" },
      root: { type: "string", default: "." },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [language, ...more] = positionals;
  const unknown = values.kind?.find((kind) => !kinds.includes(kind));
  if (language === undefined || more.length > 0 || unknown !== undefined) {
    const problem = unknown === undefined ? "give one language" : `--kind is one of ${kinds.join(", ")}`;
    process.stderr.write(`residency translate: ${problem}\n\n${help}`);
    return 2;
  }
  const root = path.resolve(values.root);
  if (values.add !== undefined) {
    const { added, refused } = await addTranslations(root, language, await readTasks(values.add));
    for (const { key, reason } of refused)
      process.stderr.write(`residency translate: refused ${key}: ${reason}\n`);
    process.stdout.write(`${added.length} texts added, ${refused.length} refused\n`);
    return refused.length > 0 ? 1 : 0;
  }
  const tasks = (await folderTexts(root, language))
    .filter(({ state }) => values.all || state !== "translated")
    .filter(({ kind }) => values.kind?.includes(kind) ?? true)
    .filter(({ notebook }) => values.only?.some((word) => notebook.includes(word)) ?? true)
    .map(translationTask);
  process.stdout.write(`${JSON.stringify(tasks, undefined, 1)}\n`);
  return 0;
}

async function readTasks(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`);
  }
}
