/** The page's script: notes and questions to choose, one question to both models, their answers as they come. */
import type { AnswerEvent, AskRequest, PageState, ServedNote, Side } from "../protocol.ts";
import { createAnswerView } from "./answer-view.ts";
import { element } from "./elements.ts";
import { eventsOf } from "./event-stream.ts";

const notes = element("notes", HTMLSelectElement);
const note = element("note", HTMLTextAreaElement);
const questions = element("questions", HTMLSelectElement);
const question = element("question", HTMLTextAreaElement);
const maxNewTokens = element("maxNewTokens", HTMLInputElement);
const temperature = element("temperature", HTMLInputElement);
const seed = element("seed", HTMLInputElement);
const form = element("form", HTMLFormElement);
const askButton = element("ask", HTMLButtonElement);
const stopButton = element("stop", HTMLButtonElement);
const status = element("status", HTMLElement);
const problem = element("problem", HTMLElement);
const reference = element("reference", HTMLElement);
const views = { base: createAnswerView("base"), tuned: createAnswerView("tuned") };

let served: ServedNote[] = [];
let running: AbortController | undefined;

function complain(message: string): void {
  problem.textContent = message;
  problem.hidden = message === "";
}

function fill(select: HTMLSelectElement, labels: readonly string[]): void {
  select.replaceChildren(...labels.map((label, index) => new Option(label, String(index))));
  select.disabled = labels.length === 0;
}

function chooseQuestion(): void {
  question.value =
    served[notes.selectedIndex]?.questions[questions.selectedIndex]?.question ?? question.value;
}

function chooseNote(): void {
  const chosen = served[notes.selectedIndex];
  if (!chosen) return;
  note.value = chosen.note;
  note.scrollTop = 0;
  fill(
    questions,
    chosen.questions.map((one) => one.question),
  );
  chooseQuestion();
}

/** The data's answer, as long as note and question are those of the data. */
function referenceOf(): string | undefined {
  const chosen = served[notes.selectedIndex];
  if (chosen?.note !== note.value) return undefined;
  return chosen.questions.find((one) => one.question === question.value)?.answer;
}

function setRunning(controller: AbortController | undefined): void {
  running = controller;
  askButton.disabled = controller !== undefined;
  stopButton.disabled = controller === undefined;
}

function take(event: AnswerEvent): void {
  switch (event.type) {
    case "waiting":
      status.textContent = `Waiting for ${event.ahead === 1 ? "another question" : `${event.ahead} other questions`}…`;
      break;
    case "token":
      status.textContent = "The models are writing…";
      views[event.side].add(event.text, event.probability);
      break;
    case "end":
      views[event.side].end(event);
      break;
    case "error":
      complain(event.message);
      break;
  }
}

async function ask(): Promise<void> {
  if (running || !form.reportValidity()) return;
  const expected = referenceOf();
  const request: AskRequest = {
    note: note.value,
    question: question.value,
    maxNewTokens: maxNewTokens.valueAsNumber,
    temperature: temperature.valueAsNumber,
    seed: seed.valueAsNumber,
    ...(expected !== undefined && { reference: expected }),
  };
  const controller = new AbortController();
  setRunning(controller);
  complain("");
  status.textContent = "The models are reading…";
  for (const view of Object.values(views)) view.begin();
  reference.hidden = expected === undefined;
  element("reference-text", HTMLElement).textContent = expected ?? "";
  const ended = new Set<Side>();
  try {
    const response = await fetch("ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal: controller.signal,
    });
    if (!response.ok) throw new Error(`the server refused (${response.status})`);
    for await (const event of eventsOf<AnswerEvent>(response)) {
      take(event);
      if (event.type === "end") ended.add(event.side);
    }
    status.textContent = ended.size === 2 ? "Both have answered." : "";
  } catch (error) {
    status.textContent = controller.signal.aborted ? "Stopped." : "";
    if (!controller.signal.aborted) {
      complain(
        `The answer broke off: ${error instanceof Error ? error.message : String(error)}. Is residency serve still running?`,
      );
    }
  } finally {
    for (const view of Object.values(views)) view.stop();
    setRunning(undefined);
  }
}

async function load(): Promise<void> {
  const response = await fetch("state");
  if (!response.ok) throw new Error(`the server refused (${response.status})`);
  const state = (await response.json()) as PageState;
  served = state.notes;
  const names = element("models", HTMLElement);
  const code = (text: string): HTMLElement => {
    const part = document.createElement("code");
    part.textContent = text;
    return part;
  };
  names.replaceChildren(code(state.model), " without and with ", code(state.adapter));
  maxNewTokens.max = String(state.maxNewTokensAllowed);
  maxNewTokens.value = String(state.maxNewTokens);
  const labels = served.map((one, index) => `${index + 1}. ${one.title}`);
  fill(notes, labels);
  if (state.notesLeftOut > 0) {
    const more = new Option(`… and ${state.notesLeftOut} more in the file`);
    more.disabled = true;
    notes.append(more);
  }
  chooseNote();
  setRunning(undefined);
}

notes.addEventListener("change", chooseNote);
questions.addEventListener("change", chooseQuestion);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
stopButton.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
load().catch((error: unknown) => {
  complain(`The page could not be loaded: ${error instanceof Error ? error.message : String(error)}.`);
});
