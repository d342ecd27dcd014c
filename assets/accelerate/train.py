"""Runs the training job of job.json with transformers, PEFT and TRL: accelerate launch --config_file accelerate.yaml train.py"""

import argparse
import dataclasses
import json
import os
from pathlib import Path

import torch
from datasets import Dataset
from peft import PeftModel, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

HERE = Path(__file__).resolve().parent
IGNORED = -100
# Settings that say what becomes of a row.
OF_ROWS = ("assistant_only_loss", "completion_only_loss", "dataset_text_field", "eos_token", "chat_template_path")


def place(name: str) -> str:
    """A file or folder beside this script, or a repository of the hub."""
    return str(HERE / name) if (HERE / name).exists() else name


def read_rows(name: str) -> list[dict]:
    """The rows of a JSON Lines file."""
    with open(HERE / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


class Rows:
    """Makes tokens and labels of rows as Residency does: a prompt and its completion as one text unless a token would reach
    over the border, text that spells a special token kept as text, an end token behind texts and completions."""

    def __init__(self, tokenizer, training: dict):
        self.tokenizer = tokenizer
        self.training = training
        self.end_token = training.get("eos_token") or tokenizer.eos_token
        self.end = None if self.end_token is None else tokenizer.convert_tokens_to_ids(self.end_token)
        template = training.get("chat_template_path")
        self.template = {} if template is None else {"chat_template": (HERE / template).read_text(encoding="utf-8")}

    def encode(self, text: str, special: bool = True) -> list[int]:
        return self.tokenizer(text, add_special_tokens=special, split_special_tokens=True)["input_ids"]

    def ended(self, ids: list[int]) -> list[int]:
        if self.end is None:
            raise SystemExit("The tokenizer names no end-of-text token, which every text has to end with")
        return ids if ids[-1:] == [self.end] else [*ids, self.end]

    def without_end(self, text: str) -> str:
        return text.removesuffix(self.end_token) if self.end_token else text

    def pair(self, prompt: str, completion: str) -> tuple[list[int], int]:
        before = self.encode(prompt)
        if before[-1:] == [self.end]:
            before = before[:-1]
        completion = self.without_end(completion)
        ids = self.encode(prompt + completion)
        if ids[: len(before)] != before:
            ids = before + self.encode(completion, special=False)
        return self.ended(ids), len(before)

    def chat(self, messages: list[dict], row: dict, **options) -> dict:
        return self.tokenizer.apply_chat_template(
            messages, tools=row.get("tools"), tokenize=True, return_dict=True, **self.template, **options
        )

    def assistant_mask(self, messages: list[dict], row: dict, ids: list[int]) -> list[int]:
        """What the assistant writes: as the template marks it, else what each of its messages adds to those before it."""
        mask = self.chat(messages, row, return_assistant_tokens_mask=True).get("assistant_masks", [])
        if 1 in mask:
            return mask
        mask = [0] * len(ids)
        for index, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            before = self.chat(messages[:index], row, add_generation_prompt=True)["input_ids"]
            behind = self.chat(messages[: index + 1], row)["input_ids"]
            if behind[: len(before)] != before or ids[: len(behind)] != behind:
                raise SystemExit("The chat template does not show which tokens are the assistant's: put {% generation %} into it")
            ends = [at for at in range(len(before), len(behind)) if ids[at] == self.end]
            last = ends[-1] + 1 if ends else len(behind)
            mask[len(before) : last] = [1] * (last - len(before))
        return mask

    def tokens(self, row: dict) -> tuple[list[int], list[int]]:
        """The tokens of a row, and its labels."""
        messages = row.get("messages") or row.get("conversations")
        prompt, length, mask = row.get("prompt"), 0, None
        if isinstance(prompt, list):
            messages = prompt + row["completion"]
            length = len(self.chat(prompt, row, add_generation_prompt=True)["input_ids"])
        if messages:
            messages = [{"role": m["from"], "content": m["value"]} if "from" in m else m for m in messages]
            ids = self.chat(messages, row)["input_ids"]
            if self.training["assistant_only_loss"]:
                mask = self.assistant_mask(messages, row, ids)
        elif prompt is not None:
            ids, length = self.pair(prompt, row["completion"])
        else:
            ids = self.ended(self.encode(self.without_end(row[self.training["dataset_text_field"]])))
        if self.training.get("completion_only_loss") is False:
            length = 0
        labels = [
            token if at >= length and (mask is None or mask[at]) else IGNORED for at, token in enumerate(ids)
        ]
        return ids, labels


def dataset(name: str, tokenizer, job: dict, packing: bool) -> Dataset:
    """Tokens and labels for SFTTrainer, which packs them; rows are left out that nothing is trained on."""
    training, made = job["training"], []
    rows = Rows(tokenizer, training)
    limit = None if packing else job["maxLength"]
    kept = slice(None, limit) if training["truncation_mode"] == "keep_start" or limit is None else slice(-limit, None)
    for row in read_rows(name):
        ids, labels = (list_[kept] for list_ in rows.tokens(row))
        # Nothing predicts the first token.
        if packing or any(label != IGNORED for label in labels[1:]):
            made.append({"input_ids": ids, "labels": labels})
    if not made:
        raise SystemExit("No row has a token to train on; look at maxLength in job.json")
    return Dataset.from_list(made)


def shared_out(training: dict, processes: int) -> dict:
    """The same rows an optimiser step whatever the number of processes: accumulation is divided first, then the batch."""
    batch, accumulation = training["per_device_train_batch_size"], training["gradient_accumulation_steps"]
    if accumulation % processes == 0:
        accumulation //= processes
    elif (batch * accumulation) % processes == 0:
        batch, accumulation = batch * accumulation // processes, 1
    else:
        raise SystemExit(
            f"Cannot share {batch * accumulation} rows a step (per_device_train_batch_size {batch} x "
            f"gradient_accumulation_steps {accumulation}) among {processes} processes: change one of them in job.json"
        )
    return {**training, "per_device_train_batch_size": batch, "gradient_accumulation_steps": accumulation}


def config(job: dict, processes: int) -> SFTConfig:
    """The settings of job.json; a name that this version of TRL does not know is an error."""
    known = {field.name for field in dataclasses.fields(SFTConfig)}
    unknown = sorted(set(job["training"]) - known)
    if unknown:
        raise SystemExit(f"job.json has settings that this version of TRL does not know: {', '.join(unknown)}")
    # The rows come with their labels.
    training = {name: value for name, value in job["training"].items() if name not in OF_ROWS}
    settings = shared_out(training, processes)
    args = SFTConfig(**settings, output_dir=str(HERE / job["outputDir"]), report_to="none")
    if args.world_size != processes:
        raise SystemExit(f"WORLD_SIZE is {processes}, and {args.world_size} processes train: start with accelerate launch")
    return args


def load_model(job: dict):
    """The model, with the adapter that the job starts from."""
    quantization = job.get("quantization")
    options = {}
    if quantization is not None:
        options["quantization_config"] = BitsAndBytesConfig(**quantization)
        options["device_map"] = {"": int(os.environ.get("LOCAL_RANK", 0))}
    model = AutoModelForCausalLM.from_pretrained(place(job["model"]), dtype=job["dtype"], **options)
    if quantization is not None:
        checkpointing = job["training"]["gradient_checkpointing"]
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=checkpointing)
    if job["adapter"] is None:
        return model
    return PeftModel.from_pretrained(model, place(job["adapter"]), is_trainable=True)


class LogFile(TrainerCallback):
    """Writes what the trainer logs, one JSON object a line, from the first process."""

    def __init__(self, file: Path):
        self.file = file

    def on_train_begin(self, args, state, control, **kwargs):
        if state.is_world_process_zero:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text("")

    def on_log(self, args, state, control, logs=None, **kwargs):
        if state.is_world_process_zero:
            with open(self.file, "a") as out:
                out.write(json.dumps({"step": state.global_step, **(logs or {})}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in the output folder")
    options = parser.parse_args()
    job = json.loads((HERE / "job.json").read_text(encoding="utf-8"))
    set_seed(job["training"]["seed"])
    args = config(job, int(os.environ.get("WORLD_SIZE", 1)))
    tokenizer = AutoTokenizer.from_pretrained(place(job["tokenizer"]))
    model = load_model(job)
    adapter = {name: value.detach().clone() for name, value in model.named_parameters() if value.requires_grad}
    evaluated = job["data"].get("eval")
    trainer = SFTTrainer(
        model=model,
        args=args,
        processing_class=tokenizer,
        train_dataset=dataset(job["data"]["train"], tokenizer, job, args.packing),
        eval_dataset=None if evaluated is None else dataset(evaluated, tokenizer, job, bool(args.eval_packing)),
        callbacks=[LogFile(Path(args.output_dir) / "log.jsonl")],
    )
    if job.get("quantization") is not None:
        # TRL turns a QLoRA adapter to bfloat16; the job trains it in float32.
        for name, value in trainer.model.named_parameters():
            if name in adapter:
                value.data = adapter[name].to(device=value.device, dtype=torch.float32)
    trainer.train(resume_from_checkpoint=options.resume or None)
    trainer.save_model(args.output_dir)
    if trainer.is_world_process_zero():
        tokenizer.save_pretrained(args.output_dir)


if __name__ == "__main__":
    main()
