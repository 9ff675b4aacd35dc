"""The peer of `evenkeel bench training`: PyTorch, transformers and PEFT with their usual padded loader.

Reads JSON lines on standard input: first {"rank", "threads", "config"} (rank 0: every weight is trained), then one batch
of posts as token ids each; answers each with {"seconds", "peakBytes"} of one step. Versions: see `evenkeel bench training`.
"""

import json
import resource
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertForSequenceClassification


def say(value):
    print(json.dumps(value), flush=True)


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    torch.manual_seed(1)
    model = BertForSequenceClassification(BertConfig(**task["config"]))
    if task["rank"]:
        lora = LoraConfig(
            task_type="SEQ_CLS",
            r=task["rank"],
            lora_alpha=2 * task["rank"],
            lora_dropout=0.1,
            target_modules=["query", "value"],
        )
        model = get_peft_model(model, lora)
    model.train()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-5, weight_decay=0.01)
    say("ready")
    for line in sys.stdin:
        posts = json.loads(line)
        # As DataCollatorWithPadding does: to the longest of the batch.
        longest = max(map(len, posts))
        ids = torch.tensor([post + [0] * (longest - len(post)) for post in posts])
        mask = torch.tensor([[1] * len(post) + [0] * (longest - len(post)) for post in posts])
        labels = torch.tensor([i % 2 for i in range(len(posts))])
        start = time.perf_counter()
        model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds = time.perf_counter() - start
        say({"seconds": seconds, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})


main()
