/** Runs the checks of `residency doctor` and lays their findings out. */
import { checkBackends } from "./backends.ts";
import { reasonOf } from "./finding.ts";
import type { Check, Finding } from "./finding.ts";
import { checkJupyter } from "./jupyter.ts";
import { checkKernel, checkZeromq } from "./kernel.ts";
import { checkFolders, checkMachine, checkNode, checkPackage } from "./machine.ts";

/** Every check, in the order in which they are shown. */
export const checks: readonly Check[] = [
  checkNode,
  checkMachine,
  checkPackage,
  checkFolders,
  checkZeromq,
  checkKernel,
  checkBackends,
  checkJupyter,
];

/** Runs checks one after another and hands on each finding as it comes. */
export async function examine(
  onFinding: (finding: Finding) => void,
  all: readonly Check[] = checks,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of all) {
    let found: Finding[];
    try {
      found = await check.run();
    } catch (error) {
      found = [{ title: check.title, status: "failure", found: reasonOf(error), advice: "report this" }];
    }
    for (const finding of found) onFinding(finding);
    findings.push(...found);
  }
  return findings;
}

type Paint = (colour: "green" | "red" | "yellow" | "dim", text: string) => string;

const marks = { ok: ["green", "✔"], warning: ["yellow", "!"], failure: ["red", "✘"] } as const;
const titleWidth = 12;

/** A finding as lines: mark, title, what was found, and below it what to do. */
export function formatFinding(finding: Finding, paint: Paint, repeated = false): string {
  const [colour, mark] = marks[finding.status];
  const title = (repeated ? "" : finding.title).padEnd(titleWidth);
  const line = `${paint(colour, mark)} ${title}${finding.found}\n`;
  if (finding.advice === undefined) return line;
  return `${line}${" ".repeat(titleWidth + 2)}${paint("dim", "→")} ${finding.advice}\n`;
}

/** The last line: how many findings of which kind there were. */
export function formatSummary(findings: readonly Finding[], paint: Paint): string {
  const count = (status: Finding["status"]): number =>
    findings.filter((finding) => finding.status === status).length;
  const [warnings, failures] = [count("warning"), count("failure")];
  const plural = (value: number, word: string): string => `${value} ${word}${value === 1 ? "" : "s"}`;
  if (failures > 0) {
    return `${paint("red", `${plural(failures, "failure")}, ${plural(warnings, "warning")}`)}: it does not work as it is.\n`;
  }
  if (warnings > 0) return `${paint("yellow", plural(warnings, "warning"))}, no failures: it works.\n`;
  return `${paint("green", "Everything is fine.")}\n`;
}
