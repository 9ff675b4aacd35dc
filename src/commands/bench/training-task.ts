import type { BertConfig } from '../../model/bert-config.ts';

/** What a process that measures training is started with; test/peers/training.py reads the same. */
export interface TrainingTask {
  /** 0: every weight; else the rank of LoRA on query and value. */
  rank: number;
  threads: number;
  config: BertConfig;
}
