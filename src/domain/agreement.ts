/**
 * Krippendorff's alpha for nominal values: 1 is full agreement, 0 as much as chance, below 0 systematic disagreement.
 * `units` holds the values that each thing was given, by whomever, missing ones left out; a unit with fewer than two says
 * nothing. Null where no two values can be compared, or all are the same. Krippendorff (2011), Computing Krippendorff's
 * Alpha-Reliability.
 */
export function krippendorffAlpha(units: readonly (readonly string[])[]): number | null {
  const totals = new Map<string, number>();
  let observed = 0;
  let values = 0;
  for (const unit of units) {
    if (unit.length < 2) continue;
    const counts = Map.groupBy(unit, (value) => value);
    for (const [value, same] of counts) {
      totals.set(value, (totals.get(value) ?? 0) + same.length);
      observed += (same.length * (unit.length - same.length)) / (unit.length - 1);
    }
    values += unit.length;
  }
  let expected = 0;
  for (const count of totals.values()) expected += (count * (values - count)) / (values - 1);
  return expected === 0 ? null : 1 - observed / expected;
}
