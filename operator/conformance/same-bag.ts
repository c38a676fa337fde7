/** Whether two lists hold the same texts, each as often, in whatever order. */
export function sameBag(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());
}
