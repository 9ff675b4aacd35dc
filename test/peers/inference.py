"""The peer of `evenkeel bench inference`: PyTorch and transformers, batches of 32 padded to their longest.

Reads JSON lines on standard input: first {"folder", "dtype", "threads", "device"}, then lists of texts; answers each with
{"seconds", "logits"}.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 32


def say(value):
    print(json.dumps(value), flush=True)


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    device = task.get("device", "cpu")
    tokenizer = AutoTokenizer.from_pretrained(task["folder"])
    model = AutoModelForSequenceClassification.from_pretrained(
        task["folder"], dtype=getattr(torch, task["dtype"]), attn_implementation="sdpa"
    )
    model.eval().to(device)
    say("ready")
    for line in sys.stdin:
        texts = json.loads(line)
        start = time.perf_counter()
        logits = []
        with torch.inference_mode():
            for first in range(0, len(texts), BATCH):
                batch = tokenizer(
                    texts[first : first + BATCH], padding=True, truncation=True, max_length=512, return_tensors="pt"
                ).to(device)
                logits.extend(model(**batch).logits.float().flatten().tolist())
        say({"seconds": time.perf_counter() - start, "logits": logits})


main()
