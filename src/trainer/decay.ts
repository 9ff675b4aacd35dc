/** Weight decay shrinks matrices, not biases and normalisation scales, as BERT and transformers' Trainer do. */
export function decays(name: string): boolean {
  return !name.endsWith('.bias') && !name.includes('LayerNorm');
}
