/** From a submitted notebook to points, reasons and feedback. */
export { findManifest } from "./assignment.ts";
export { feedbackText } from "./feedback.ts";
export { gradeSubmission } from "./grade.ts";
export type { GradeOptions, GradeReport, ItemGrade } from "./grade.ts";
export { readManifest } from "./manifest.ts";
export type { Manifest, TestItem, WrittenItem } from "./manifest.ts";
export { planSubmission } from "./plan.ts";
export type { GradingPlan, Step } from "./plan.ts";
export { openSession } from "./session.ts";
export { readWritten } from "./written.ts";
export type { WrittenAnswer } from "./written.ts";
export type { GradingSession, StepResult } from "./session.ts";
