/** Feedback for the student: points and reasons in Markdown, nothing of the hidden tests. */
import type { GradeReport } from "./grade.ts";

/** A page of Markdown; text that came out of the submission stands in code, where it cannot be markup. */
export function feedbackText({
  assignment,
  points,
  maxPoints,
  items,
  written,
  tampering,
  error,
}: GradeReport): string {
  const lines = [`# ${assignment}`, `**${points} of ${maxPoints} points**`];
  if (error !== undefined) lines.push("This notebook could not be graded:", fence(error));
  for (const item of items) {
    lines.push(`## ${item.title}`, `${item.points} of ${item.maxPoints} points: ${item.status}`);
    if (item.reason !== "" && item.reason !== error) lines.push(fence(item.reason));
  }
  for (const { title, maxPoints, status } of written) {
    const text =
      status === "to be read"
        ? `${maxPoints} points: a person reads this answer`
        : `0 of ${maxPoints} points: unanswered`;
    lines.push(`## ${title}`, text);
  }
  if (tampering.length > 0) lines.push("## Changed cells", tampering.map((text) => `- ${text}`).join("\n"));
  return `${lines.join("\n\n")}\n`;
}

function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}text\n${text}\n${marks}`;
}
