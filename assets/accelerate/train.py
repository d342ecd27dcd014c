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


def place(name: str) -> str:
    """A file or folder beside this script, or a repository of the hub."""
    return str(HERE / name) if (HERE / name).exists() else name


def read_rows(name: str) -> list[dict]:
    """The rows of a JSON Lines file."""
    with open(HERE / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def tokenized(rows: list[dict], tokenizer, job: dict) -> Dataset:
    """Tokens and labels as Residency makes them: prompt and completion apart, an end token, text that spells a special
    token kept as text, and rows left out that nothing is trained on."""
    training = job["training"]
    if tokenizer.eos_token_id is None:
        raise SystemExit("The tokenizer names no end-of-text token, which every row has to end with")

    def encode(text: str, special: bool) -> list[int]:
        return tokenizer(text, add_special_tokens=special, split_special_tokens=True)["input_ids"]

    made = []
    for row in rows:
        if job["data"]["format"] == "text":
            prompt, completion = [], encode(row["text"], True)
        else:
            prompt, completion = encode(row["prompt"], True), encode(row["completion"], False)
        ids = [*prompt, *completion, tokenizer.eos_token_id]
        masked = len(prompt) if training["completion_only_loss"] else 0
        # Nothing predicts the first token; a label there would only be counted.
        labels = [IGNORED if at < max(1, masked) else token for at, token in enumerate(ids)]
        ids, labels = ids[: training["max_length"]], labels[: training["max_length"]]
        if any(label != IGNORED for label in labels):
            made.append({"input_ids": ids, "labels": labels})
    if not made:
        raise SystemExit("No row has a token to train on; look at max_length in job.json")
    return Dataset.from_list(made)


def dataset(name: str, tokenizer, job: dict) -> Dataset:
    """A data set for SFTTrainer; conversations are left to the tokenizer's chat template."""
    rows = read_rows(name)
    if job["data"]["format"] == "messages":
        return Dataset.from_list([{"messages": row["messages"]} for row in rows])
    return tokenized(rows, tokenizer, job)


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
    settings = shared_out(job["training"], processes)
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
        train_dataset=dataset(job["data"]["train"], tokenizer, job),
        eval_dataset=None if evaluated is None else dataset(evaluated, tokenizer, job),
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
