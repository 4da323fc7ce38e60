// A measured figure and its limit.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  /** Whether lower or higher values are better. */
  readonly better: 'less' | 'more';
}
