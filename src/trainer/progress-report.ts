/** What a training run says as it goes. */
export interface TrainingProgress {
  step: number;
  steps: number;
  /** Mean loss of the steps since the last report; NaN before the first. */
  loss: number;
  /** Tokens trained on since this process started. */
  tokens: number;
}

/** What a run needs from whoever started it. */
export interface TrainingHooks {
  onProgress: (progress: TrainingProgress) => void;
  /** Anything worth a line: sizes, evaluation figures. */
  onNote: (note: string) => void;
  /** Once true the run saves its state and stops. */
  stopped: () => boolean;
}
